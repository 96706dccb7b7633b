// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "PLUGIN_ID",
    targets: [
        // Cloister's SDK, a copy of one file: nothing is fetched to build this.
        .target(name: "CloisterPlugin"),
        .target(name: "Counting"),
        .executableTarget(name: "plugin", dependencies: ["CloisterPlugin", "Counting"]),
        .testTarget(name: "CountingTests", dependencies: ["Counting"]),
    ]
)
