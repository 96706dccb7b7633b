// swift-tools-version: 6.1
import PackageDescription

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdHTTP2 = Target.Dependency.product(name: "HummingbirdHTTP2", package: "hummingbird")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioExtras = Target.Dependency.product(name: "NIOExtras", package: "swift-nio-extras")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// A module of the house and the test target that belongs to it.
func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], testing: [Target.Dependency] = []
) -> [Target] {
    [
        .target(name: name, dependencies: dependencies),
        .testTarget(name: name + "Tests", dependencies: [.byName(name: name)] + dependencies + testing),
    ]
}

/// A C program that runs inside the sandbox: linked with nothing but itself.
func sealedProgram(
    _ name: String, path: String, exclude: [String] = [], _ dependencies: [Target.Dependency] = []
) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: path, exclude: exclude,
        cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror", "-O2"])],
        linkerSettings: [.unsafeFlags(["-static-executable"])])
}

let everything: [Target.Dependency] = [
    "Model", "Wire", "Sandbox", "Store", "Supervisor", "Egress", "Plugins", "Tenancy", "Workflows", "Control", "Web",
    logging, nioCore, nioPosix, argumentParser,
]

let package = Package(
    name: "cloister",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .target(name: "CJQ", linkerSettings: [.linkedLibrary("jq"), .linkedLibrary("m")]),
        .target(name: "CLinux"),
        .target(name: "CResolver"),
        .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
        sealedProgram("cloister-launch", path: "Sources/cloister-launch", ["CLinux"]),
        sealedProgram("cloister-probe", path: "Tests/probe", exclude: ["plugin.yaml"]),
        sealedProgram("cloister-peer", path: "Tests/Benchmarks", exclude: ["plugin.yaml"]),
        // The sandbox shows no toolchain, so the runtime is inside, in a debug build too.
        .executableTarget(
            name: "cloister-worker", dependencies: ["CJQ"], linkerSettings: [.unsafeFlags(["-static-stdlib"])]),
        .target(
            name: "CloisterPlugin", path: "Sources/Bundled/SDKs/swift", exclude: ["README.md", "template", "tests"],
            sources: ["CloisterPlugin.swift"]),
        .executableTarget(
            name: "checksum", dependencies: ["CloisterPlugin", "MediaTypes", crypto],
            path: "Sources/Bundled/Plugins/checksum",
            exclude: ["plugin.yaml", "README.md", "tests"]),
        .executableTarget(
            name: "cloister",
            dependencies: [
                "Model", "Wire", "Sandbox", "Store", "Supervisor", "Egress", "Plugins", "Tenancy", "Workflows", "Control",
                "Web", "CSystemd", "CLinux", argumentParser, grdb, logging, nioCore, nioPosix,
            ]),
    ]
        + [
            .target(
                name: "HostTesting",
                dependencies: [
                    "Model", "Wire", "Sandbox", "Store", "Supervisor", "Plugins", "cloister-launch", "cloister-probe",
                    "cloister-peer", "cloister-worker", "CLinux", logging, nioCore, nioPosix,
                ],
                path: "Tests/HostTesting"),
            .testTarget(name: "CloisterTests", dependencies: ["cloister", "HostTesting", crypto, grdb, httpTypes] + everything),
        ]
        + module("Model", [yams], testing: ["HostTesting"])
        + module("MediaTypes", testing: ["HostTesting"])
        + module("Wire", ["Model", nioCore], testing: ["HostTesting", .product(name: "NIOEmbedded", package: "swift-nio")])
        + module("Sandbox", ["Model", "CLinux", "CSeccomp"], testing: ["HostTesting"])
        + module("Store", ["Model", "CLinux", "CSQLite", crypto, grdb, sqlite])
        + module(
            "Supervisor", ["Model", "Wire", "Sandbox", collections, logging, nioCore, nioPosix], testing: ["HostTesting"])
        + module("Egress", ["Model", "CLinux", "CResolver", logging, nioCore, nioPosix, nioSSL], testing: ["HostTesting", "Sandbox"])
        + module(
            "Plugins",
            [
                "Model", "MediaTypes", "Wire", "Sandbox", "Store", "Supervisor", "Egress", "CArchive", "CLinux", crypto, grdb,
                logging, nioCore,
            ], testing: ["HostTesting"])
        + module("Tenancy", ["Model", "Store", crypto, cryptoExtras, grdb, jwt], testing: ["HostTesting"])
        + module("Workflows", ["Model", "Store", crypto, grdb, logging], testing: ["HostTesting"])
        + module("Control", ["Model", "Wire", "CLinux", logging, nioCore, nioPosix])
        + module(
            "Web",
            [
                "Model", "Wire", "Store", "Tenancy", crypto, grdb, httpTypes, hummingbird, hummingbirdHTTP2, logging, nioCore,
                nioExtras, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix, nioSSL,
            ], testing: ["HostTesting"])
)

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-warnings-as-errors"]),
]
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
}
