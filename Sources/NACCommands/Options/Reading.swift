import ArgumentParser
import QualityOnDemand

/// Reads the text of a flag. An error about the text begins with the flag's name.
func reading<Value>(_ flag: String, _ read: () throws(InvalidValue) -> Value) throws(ValidationError) -> Value {
    do {
        return try read()
    } catch {
        throw ValidationError("\(flag): \(error)")
    }
}
