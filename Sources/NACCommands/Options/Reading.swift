import ArgumentParser
import QualityOnDemand

/// Reads the text of a flag; what does not fit is told under the flag's name.
func reading<Value>(_ flag: String, _ read: () throws(InvalidValue) -> Value) throws(ValidationError) -> Value {
    do {
        return try read()
    } catch {
        throw ValidationError("\(flag): \(error)")
    }
}
