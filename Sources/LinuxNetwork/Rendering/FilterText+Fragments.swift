/// Fragments: only the first fragment of a datagram has ports, so the whole datagram is needed before it is
/// classified.
extension FilterText {
    /// Rules whose presence makes the kernel put datagrams together before anything else. No packet meets the rules
    /// themselves. A datagram leaves in fragments as it came, with the class of the whole.
    enum Defragmenting: Sendable {
        /// Only puts datagrams together.
        case alone
        /// Does it with connection tracking, for kernels built without nft_tproxy. It costs every packet a look-up.
        case tracking

        var rules: [String] {
            switch self {
            case .alone: ["meta nfproto ipv4 meta l4proto udp tproxy ip to :1", "meta nfproto ipv6 meta l4proto udp tproxy ip6 to :1"]
            case .tracking: ["ct state invalid return"]
            }
        }
    }
}
