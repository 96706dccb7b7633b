package import Model
package import NIOCore
package import Sandbox
package import Wire

/// What the supervisor must be told to run one kind of child; owned here, supplied by whoever knows plugins.
package protocol ChildBlueprint: Sendable {
    var deadlines: ChildMachine.Deadlines { get }
    var limits: Peer.Limits { get }
    /// Bytes of standard error that are read in a second; a child that writes more waits.
    var errorRate: Int { get }
    /// Shown everything that passes; nil where nobody watches.
    var tap: WireTap.Observer? { get }

    /// Makes ready what one instance needs: its folders, its control group, its plan. Blocking, on the launcher's thread.
    func prepare(instance: Int) throws(Problem) -> PreparedLaunch

    /// The parameters of `initialize` for an instance.
    func greeting(instance: Int) -> ByteBuffer

    /// Checks the answer to `initialize`; a problem ends the child.
    func accept(greeting: ByteBuffer) throws(Problem)

    /// How an instance is spoken to from its start to its end; `cloister/1` unless the blueprint says otherwise.
    func dialect(instance: Int) -> any ChildDialect

    /// The conversation was opened, or what its dialect knows of the child has changed. On the event loop; never blocks.
    func learned(from dialect: any ChildDialect)

    /// Something happened to a child. On the event loop; never blocks.
    func observe(_ event: ChildEvent, of key: ChildKey)

    /// A request of the child's. Must be answered once, on the event loop that this runs on. Never blocks.
    func answer(_ request: InboundRequest, from key: ChildKey)

    /// Serves a child's way out, where its plan has one: `listener` lies in the child's own network. Takes it over, and
    /// returns what ends the service; that runs once, when the child is gone. On the child's event loop; never blocks.
    func serve(_ listener: consuming Descriptor, of key: ChildKey) -> @Sendable () -> Void
}

extension ChildBlueprint {
    package var errorRate: Int { 1 << 20 }
    package var tap: WireTap.Observer? { nil }

    package func observe(_ event: ChildEvent, of key: ChildKey) {}

    package func dialect(instance: Int) -> any ChildDialect {
        CloisterDialect(greeting: greeting(instance: instance)) { (answer) throws(Problem) in
            try accept(greeting: answer)
        }
    }

    package func learned(from dialect: any ChildDialect) {}

    /// Nobody serves it: connections wait until the child gives up.
    package func serve(_ listener: consuming Descriptor, of key: ChildKey) -> @Sendable () -> Void { {} }
}

/// What others may want to know of a child.
package enum ChildEvent: Sendable {
    /// A call of the host's has its answer, or will get none; so many are still in flight.
    case callEnded(MessageID, remaining: Int)
    case ended(ExitReason)
    /// It failed too often and stays down until a person brings it back.
    case setAside(ExitReason)
}

/// A launch that only has to be carried out.
package struct PreparedLaunch: Sendable {
    package let plan: LaunchPlan
    /// Where the child is put, if this kernel offers it.
    package let group: ControlGroup?

    package init(plan: LaunchPlan, group: ControlGroup?) {
        self.plan = plan
        self.group = group
    }
}
