public import QualityOnDemand

extension NotificationTarget {
    /// Host and port of the sink; deliveries to one host share limits. The whole text if the sink has no host.
    public var host: String {
        guard let scheme = sink.range(of: "://") else { return sink.lowercased() }
        let authority = sink[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }.lowercased()
        if authority.hasSuffix("]") || !authority.contains(":") {
            return authority + (sink[..<scheme.lowerBound].lowercased() == "http" ? ":80" : ":443")
        }
        return authority
    }
}

extension String {
    /// Finds a text, as Foundation's function does, but without Foundation.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
