// swift-tools-version: 6.2
import PackageDescription

/// The tests read internal declarations, in the optimised build too. Only this package's targets are built for that, and only on
/// demand: a package that a client depends on must not have such flags.
let testing: [SwiftSetting] = Context.environment["NAC_TESTING"] == "1" ? [.unsafeFlags(["-enable-testing"])] : []

/// One list for every target, so that none is checked less than the others.
let settings: [SwiftSetting] = testing + [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// What the Makefile says of the commit; see Sources/CBuild.
let buildInformation: [CSetting] = ["NAC_COMMIT", "NAC_COMMIT_DATE"].compactMap { name in
    Context.environment[name].map { .define(name, to: "\"\($0)\"") }
}

extension Target.Dependency {
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let lifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let unixSignals: Self = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let argumentParser: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient: Self = .product(name: "AsyncHTTPClient", package: "async-http-client")
    static let hummingbird: Self = .product(name: "Hummingbird", package: "hummingbird")
    static let configuration: Self = .product(name: "Configuration", package: "swift-configuration")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let grdb: Self = .product(name: "GRDB", package: "GRDB.swift")
    static let grdbSQLite: Self = .product(name: "GRDBSQLite", package: "GRDB.swift")
    static let heap: Self = .product(name: "HeapModule", package: "swift-collections")
    static let deque: Self = .product(name: "DequeModule", package: "swift-collections")
    static let atomics: Self = .product(name: "Atomics", package: "swift-atomics")
    static let locks: Self = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTPTypes: Self = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioHTTPTypesHTTP1: Self = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
    static let nioCore: Self = .product(name: "NIOCore", package: "swift-nio")
    static let httpTypes: Self = .product(name: "HTTPTypes", package: "swift-http-types")
    static let jwtKit: Self = .product(name: "JWTKit", package: "jwt-kit")
    static let metrics: Self = .product(name: "Metrics", package: "swift-metrics")
    static let coreMetrics: Self = .product(name: "CoreMetrics", package: "swift-metrics")
    static let nioSSL: Self = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let hummingbirdCore: Self = .product(name: "HummingbirdCore", package: "hummingbird")
    static let yams: Self = .product(name: "Yams", package: "Yams")
}

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "network-as-code",
    platforms: [.macOS(.v14), .iOS(.v17)],
    products: [
        .library(name: "NetworkAsCode", targets: ["NetworkAsCode"]),
        .executable(name: "nac", targets: ["nac"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-atomics", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        module("QualityOnDemand"),
        module("CAMARA", ["QualityOnDemand"]),
        module("NetworkAsCode", ["CAMARA", "QualityOnDemand", .logging, .asyncHTTPClient, .nioCore, .nioHTTP1, .nioPosix, .nioSSL]),
        module("Southbound", ["QualityOnDemand"]),
        module("SessionEngine", ["Southbound", "QualityOnDemand", .logging, .metrics, .lifecycle, .heap, .deque, .locks]),
        module("Access", ["Southbound", "CAMARA", "QualityOnDemand", .jwtKit, .crypto, .httpTypes, .logging, .metrics, .locks, .deque]),
        module("SQLiteStore", ["SessionEngine", "Access", "QualityOnDemand", .crypto, .grdb, .grdbSQLite, .locks, .deque, .metrics]),
        module("SimulatedNetwork", ["Southbound", "QualityOnDemand", .logging, .locks, .heap]),
        .systemLibrary(name: "CNamespace"),
        .target(name: "CBuild", cSettings: buildInformation),
        module("LinuxNetwork", ["Southbound", "QualityOnDemand", .target(name: "CNamespace", condition: .when(platforms: [.linux])), .logging, .metrics, .locks, .deque]),
        module("Operations", ["Southbound", "CAMARA", "QualityOnDemand", "CBuild", .coreMetrics, .logging, .atomics, .locks, .nioCore]),
        module("QoDServer", [
            "CAMARA", "Access", "Operations", "SessionEngine", "Southbound", "QualityOnDemand",
            .hummingbird, .hummingbirdCore, .jwtKit, .asyncHTTPClient, .coreMetrics, .logging, .lifecycle, .crypto,
            .nioCore, .nioHTTP1, .nioHTTPTypes, .nioHTTPTypesHTTP1, .nioPosix, .nioSSL, .httpTypes, .atomics, .locks, .deque,
        ]),
        module("SandboxAuthorization", [
            "QoDServer", "Access", "Southbound", "CAMARA", "QualityOnDemand", .hummingbird, .httpTypes, .jwtKit, .crypto, .locks,
        ]),
        module("Platform", [
            "QoDServer", "SandboxAuthorization", "Access", "Operations", "SessionEngine", "Southbound", "NetworkAsCode", "CAMARA",
            "QualityOnDemand", .configuration, .yams, .logging, .coreMetrics, .lifecycle, .unixSignals, .nioCore,
        ]),
        module("Lab", ["NetworkAsCode", "Southbound", "QualityOnDemand", .nioCore, .nioHTTP1, .nioPosix, .locks]),
        module("NACCommands", [
            "Platform", "Lab", "NetworkAsCode", "Access", "Operations", "SessionEngine", "Southbound", "CAMARA", "QualityOnDemand",
            .argumentParser, .logging, .unixSignals,
        ]),
        .executableTarget(
            name: "nac",
            dependencies: [
                "NACCommands", "Platform", "QoDServer", "Operations", "SQLiteStore", "SimulatedNetwork", "LinuxNetwork", "Southbound",
                "QualityOnDemand", .logging, .nioCore, .nioPosix,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "QuickStart", dependencies: ["NetworkAsCode"], path: "Examples/QuickStart", swiftSettings: settings),
        .executableTarget(
            name: "NotificationReceiver", dependencies: ["NetworkAsCode", .hummingbird, .httpTypes, .nioCore], path: "Examples/NotificationReceiver",
            swiftSettings: settings),
        module("QoDTestSupport", [
            "SessionEngine", "Access", "Southbound", "QualityOnDemand",
            .target(name: "CNamespace", condition: .when(platforms: [.linux])), .locks, .logging, .nioCore, .nioPosix,
        ]),

        tests("QualityOnDemandTests", ["QualityOnDemand", "QoDTestSupport"]),
        tests("CAMARATests", ["CAMARA", "QualityOnDemand", "QoDTestSupport"]),
        tests("NetworkAsCodeTests", ["NetworkAsCode", "CAMARA", "QualityOnDemand", .logging]),
        tests("SessionEngineTests", ["SessionEngine", "Southbound", "SQLiteStore", "SimulatedNetwork", "QualityOnDemand", "QoDTestSupport", .logging, .locks]),
        tests("SQLiteStoreTests", ["SQLiteStore", "Access", "SessionEngine", "Southbound", "QualityOnDemand", "QoDTestSupport", .grdb, .locks]),
        tests("SimulatedNetworkTests", ["SimulatedNetwork", "SessionEngine", "Southbound", "QualityOnDemand", "QoDTestSupport"]),
        tests("LinuxNetworkTests", ["LinuxNetwork", "SQLiteStore", "SessionEngine", "Southbound", "QualityOnDemand", "QoDTestSupport", .logging, .locks]),
        tests("QoDServerTests", [
            "QoDServer", "Access", "Operations", "SandboxAuthorization", "SQLiteStore", "SimulatedNetwork", "SessionEngine", "Southbound",
            "CAMARA", "QualityOnDemand", "QoDTestSupport", "NetworkAsCode",
            .hummingbird, .product(name: "HummingbirdTesting", package: "hummingbird"), .logging, .locks, .nioCore, .httpTypes, .yams,
            .jwtKit, .asyncHTTPClient, .nioSSL, .nioHTTP1, .nioPosix, .lifecycle, .crypto, .coreMetrics,
            .product(name: "NIOEmbedded", package: "swift-nio"),
            .product(name: "MetricsTestKit", package: "swift-metrics"), .product(name: "CryptoExtras", package: "swift-crypto"),
        ]),
        tests("NACCommandsTests", [
            "NACCommands", "Platform", "Lab", "Operations", "Access", "CAMARA", "NetworkAsCode", "QoDServer", "SQLiteStore", "SessionEngine",
            "Southbound", "QualityOnDemand", "QoDTestSupport", .argumentParser, .configuration, .httpTypes, .logging, .locks,
        ]),
        tests("IntegrationTests", [
            "NetworkAsCode", "SQLiteStore", "SessionEngine", "Southbound", "CAMARA", "QualityOnDemand", "QoDTestSupport",
            .grdb, .asyncHTTPClient, .nioCore, .nioHTTP1, .nioPosix, .locks,
        ]),
    ]
)
