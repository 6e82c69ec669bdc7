/// The facts about a metric, apart from its values.
struct MetricDescription: Sendable {
    let help: String
    /// The upper ends of a histogram's ranges, if they differ from the usual ones.
    var bounds: [Double]?
}

/// The metrics of the platform; docs/operations.md explains their meaning to operators.
public enum PlatformMetric: String, CaseIterable, Sendable {
    case build = "nac_build_info"
    case requests = "nac_http_requests_total"
    case requestDuration = "nac_http_request_duration_seconds"
    case sessions = "nac_sessions"
    case deadlineLateness = "nac_deadline_lateness_seconds"
    case workQueue = "nac_work_queue_depth"
    case droppedWork = "nac_work_queue_dropped_total"
    case setAside = "nac_sessions_set_aside_total"
    case networkInOrder = "nac_network_in_order"
    case networkTimeouts = "nac_network_timeouts_total"
    case unreturnedCalls = "nac_network_unreturned_calls"
    case pendingEvents = "nac_outbox_pending_events"
    case oldestEvent = "nac_outbox_oldest_age_seconds"
    case deliveries = "nac_deliveries_total"
    case commitDuration = "nac_store_commit_duration_seconds"
    case batchSize = "nac_store_batch_size"
    case logSize = "nac_store_log_bytes"
    case storedEvents = "nac_store_events"
    case unreadableEvents = "nac_events_unreadable_total"
    case rejectedTokens = "nac_rejected_tokens_total"
    case trafficBytes = "nac_session_traffic_bytes_total"
    case trafficPackets = "nac_session_traffic_packets_total"
    case trafficDropped = "nac_session_traffic_dropped_packets_total"
    case silentSessions = "nac_silent_sessions_total"
    case resourceUsed = "nac_resource_used"
    case resourceLimit = "nac_resource_limit"
    case resourceRefused = "nac_resource_refused_total"
    case droppedSeries = "nac_metrics_dropped_series_total"

    static let catalogue = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0.rawValue, MetricDescription(help: $0.help, bounds: $0.bounds)) })

    var help: String {
        switch self {
        case .build: "1; the labels say which version, commit and day of the commit run."
        case .requests: "Requests answered, by operation and HTTP status."
        case .requestDuration: "Time from a request's head to its answer's, by operation."
        case .sessions: "Sessions and assignments in the store, by status and network; counted at most every 15 s."
        case .deadlineLateness: "Time from a session's deadline until its effect was stored."
        case .workQueue: "Sessions that wait to be reconciled with the network."
        case .droppedWork: "Sessions for which the work queue had no room; the next comparison finds them."
        case .setAside: "Sessions ended or left out so that they stop nothing else, by cause: failures, process, unreadable."
        case .networkInOrder: "1 if the network holds the wanted sessions, as far as is known; 0 while it is being repaired or cannot be compared."
        case .networkTimeouts: "Calls of the network that were given up because they did not return in time, by call."
        case .unreturnedCalls: "Calls of the network that were given up and have not returned."
        case .pendingEvents: "Notifications that have not arrived and are not given up; 1000000 stands for that many or more."
        case .oldestEvent: "Time since the event that has been pending for longest; 0 without a pending event."
        case .deliveries: "Attempts to deliver a notification, and notifications given up without one, by outcome."
        case .commitDuration: "Time of a write transaction of the store, until it is on disk."
        case .batchSize: "Calls of the store that were committed together."
        case .logSize: "Length of the database's write-ahead log."
        case .storedEvents: "Stored events, including events that wait to be delivered."
        case .unreadableEvents: "Stored events that are left out because their row cannot be read."
        case .rejectedTokens: "Credentials that were not accepted, by reason."
        case .trafficBytes: "Bytes of IP packets that sessions' classes have sent, by direction; read every 2 s."
        case .trafficPackets: "Packets that sessions' classes have sent, by direction."
        case .trafficDropped: "Packets for which a session's class had no room, or which had waited there for too long, by direction."
        case .silentSessions: "Sessions that had no packet in their class although their device sent; each is counted once, and logged."
        case .resourceUsed: "Used part of a resource of the process: connections, descriptors, bytes of bodies, requests and so on."
        case .resourceLimit: "The bound of a resource of the process."
        case .resourceRefused: "Requests refused and connections closed because a resource was used up."
        case .droppedSeries: "Series that were not kept because there were too many, or their name was in use."
        }
    }

    private var bounds: [Double]? {
        self == .deadlineLateness ? [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] : nil
    }
}
