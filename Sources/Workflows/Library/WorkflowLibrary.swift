import Crypto
package import GRDB
package import Model
package import Store

/// The definitions of every tenant's workflows: the draft that is being worked on, and the versions that were published,
/// which never change.
///
/// Whatever is asked about is asked of one tenant's database. When a change returns it is on disk.
package final class WorkflowLibrary: WorkflowSource {
    /// What a definition can be checked for beyond its own text.
    package struct Ports: Sendable {
        package var tools: (any ToolDirectory)?
        package var expressions: (any ExpressionEvaluator)?

        package init(tools: (any ToolDirectory)? = nil, expressions: (any ExpressionEvaluator)? = nil) {
            self.tools = tools
            self.expressions = expressions
        }
    }

    let store: Store
    let ports: Ports
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int64
    let cache = DefinitionCache()

    package init(_ store: Store, _ ports: Ports, now: @escaping @Sendable () -> Int64 = { Moment.now }) {
        self.store = store
        self.ports = ports
        self.now = now
    }

    /// The version in force, with the workflow's status as it is now. Throws `notFound` where none was published.
    package func published(
        _ id: WorkflowID, of tenant: TenantID
    ) async throws(Problem) -> (version: Int, workflow: Workflow) {
        let (record, version) = try await store.tenant(tenant).read { database in
            let record = try WorkflowRecord.find(id, database)
            guard let number = record.version else {
                throw Problem(
                    .notFound, "workflow \(id) was never published", hint: "publish it: cloister workflow publish \(id)")
            }
            return (record, try WorkflowVersion.find(number, of: id, database))
        }
        var workflow = try await definition(of: version, tenant)
        workflow.status = record.status
        return (version.number, workflow)
    }

    package func has(_ number: Int, of id: WorkflowID, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM workflowVersion WHERE workflow = ? AND number = ?)"),
            arguments: [id.rawValue, number]) ?? false
    }

    /// A version, whichever is in force.
    package func version(_ number: Int, of id: WorkflowID, of tenant: TenantID) async throws(Problem) -> Workflow {
        let version = try await store.tenant(tenant).read { try WorkflowVersion.find(number, of: id, $0) }
        return try await definition(of: version, tenant)
    }

    private func definition(of version: WorkflowVersion, _ tenant: TenantID) async throws(Problem) -> Workflow {
        if let workflow = cache.find(version.digest) { return workflow }
        let (id, number) = (version.workflow, version.number)
        let source = try await store.tenant(tenant).read { try WorkflowVersion.definition(number, of: id, $0) }
        let workflow: Workflow
        do throws(WorkflowFindings) {
            workflow = try Workflow(reading: source)
        } catch {
            // A cloister that reads more strictly than the one that published it.
            throw Problem(
                .invalidConfiguration, "version \(number) of workflow \(id) cannot be read any more",
                hint: "publish it anew", cause: error.problem.message)
        }
        let bytes = source.bytes
        if Self.digest(bytes) == version.digest { cache.keep(workflow, as: version.digest, size: bytes.count) }
        return workflow
    }

    /// The versions of a workflow that runs still need: those that have not ended keep to theirs.
    static func pinned(_ id: WorkflowID, _ database: Database) throws -> Set<Int> {
        try Int.fetchSet(
            database, sql: "SELECT DISTINCT version FROM workflowRun WHERE workflow = ? AND phase <> 'over'",
            arguments: [id.rawValue])
    }

    static func digest(_ bytes: [UInt8]) -> String { BlobDigest(Array(SHA256.hash(data: bytes))).description }
}
