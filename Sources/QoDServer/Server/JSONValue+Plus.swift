import CAMARA

extension JSONValue {
    /// The body of a request with a `+` before the digits of `device.phoneNumber`. The APIs require the `+`, but some
    /// clients leave it out.
    var withPlus: JSONValue {
        changing("device") { device in
            device.changing("phoneNumber") { number in
                guard case .string(let text) = number, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !text.isEmpty else { return number }
                return .string("+" + text)
            }
        }
    }

    /// The object with one member changed; any other value unchanged.
    private func changing(_ name: String, _ change: (JSONValue) -> JSONValue) -> JSONValue {
        guard case .object(var members) = self, let index = members.firstIndex(where: { $0.name == name }) else { return self }
        members[index] = JSONMember(name: name, value: change(members[index].value))
        return .object(members)
    }
}
