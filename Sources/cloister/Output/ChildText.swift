import Control
import Model

/// Children for people.
enum ChildText {
    static func table(_ children: [ChildReport], width: Int?) -> String {
        var table = Table([
            .flexible("TENANT"), .flexible("PLUGIN"), .right("INSTANCE"), .left("STATE"), .right("PROCESS"),
            .right("MEMORY"), .right("PEAK"), .right("CPU"), .right("RESTARTS"),
        ])
        for child in children {
            table.append([
                child.tenant.rawValue, child.plugin.rawValue, child.instance, child.state,
                child.processID.map(String.init) ?? "-", HumanText.size(child.memoryBytes),
                HumanText.size(child.memoryPeakBytes),
                HumanText.processorTime(microseconds: child.cpuMicroseconds), String(child.restarts),
            ])
        }
        return table.text(width: width)
    }
}
