/// Fragments: of a datagram that came in several, only the first has ports, so all of it has to be there before it is classified.
extension FilterText {
    /// Rules at whose sight the kernel puts datagrams together again before anything else is done with them. No packet meets the rules
    /// themselves. What leaves is cut up as it came, with the class of the whole.
    enum Defragmenting: Sendable {
        /// Just that.
        case alone
        /// With connection tracking, for kernels that were built without the other (nft_tproxy). It costs every packet a look-up.
        case tracking

        var rules: [String] {
            switch self {
            case .alone: ["meta nfproto ipv4 meta l4proto udp tproxy ip to :1", "meta nfproto ipv6 meta l4proto udp tproxy ip6 to :1"]
            case .tracking: ["ct state invalid return"]
            }
        }
    }
}
