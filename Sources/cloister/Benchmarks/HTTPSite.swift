import Control
import Glibc
import Model
import NIOCore
import Sandbox
import Store
import Tenancy
import Web

/// A daemon with many packages to choose from and tenants with a key each, as `bench http` reaches it.
struct HTTPSite {
    static let packages = 20_000
    static let tenants = 200
    /// What names and descriptions are made of, and what is looked for.
    private static let words = [
        "archive", "barcode", "calendar", "contract", "currency", "document", "invoice", "language", "ledger", "mail", "metadata",
        "payment", "photo", "receipt", "report", "scan", "signature", "table", "translation", "workflow",
    ]

    let process: pid_t
    let port: Int

    var url: String { "http://127.0.0.1:\(port)/" }
    var residentBytes: Double { Double(Memory.resident(of: String(process))) }

    static func id(_ number: Int) -> String { "\(words[number % words.count])-\(number)" }

    /// Makes everything in a folder, with the script of the load, and starts the daemon.
    static func start(_ installation: Installation, _ folder: String) async throws -> HTTPSite {
        try offer(in: folder, try installation.peer)
        let keys = try await prepare(folder + "/data")
        try FileCopy.write(script(keys), to: folder + "/load.lua")
        let port = try freePort()
        let text = "data: \(folder)/data\nplugins: [\(folder)/plugins]\nlog: {level: error}\nhttp: {listen: [\"127.0.0.1:\(port)\"]}\n"
        try FileCopy.write(text, to: folder + "/cloister.yaml")
        let process = try ProcessRun.start(
            installation.folder + "/cloister", ["serve", "--config", folder + "/cloister.yaml"], output: nil)
        let site = HTTPSite(process: process, port: port)
        for _ in 0..<400 {
            if (try? await status(folder + "/data/control.sock")) != nil { return site }
            try await Task.sleep(for: .milliseconds(50))
        }
        site.stop()
        throw Problem(.unreachable, "the daemon under test did not start", hint: "try `cloister serve --data DIR`")
    }

    func stop() {
        kill(process, SIGTERM)
        _ = try? ProcessRun.wait(for: process)
    }

    private static func status(_ socket: String) async throws {
        _ = try await ControlClient.withConnection(to: socket) { try await $0.send(.status, deadline: .seconds(10)) }
    }

    /// A folder for each package, as the packages that come with the daemon lie in one.
    private static func offer(in folder: String, _ program: String) throws(Problem) {
        let original = folder + "/program"
        try FileCopy.copy(program, to: original)
        guard mkdir(folder + "/plugins", 0o755) == 0 else { throw Problem(systemCall: "mkdir \(folder)/plugins") }
        for number in 0..<packages {
            let place = "\(folder)/plugins/\(id(number))"
            guard mkdir(place, 0o755) == 0, link(original, place + "/main") == 0 else { throw Problem(systemCall: "mkdir \(place)") }
            let (subject, other) = (words[number % words.count], words[number / words.count % words.count])
            let manifest = """
                id: \(id(number))
                name: The \(subject) of \(other), number \(number)
                version: 1.\(number % 10).0
                description: Reads each \(subject) that comes in, and keeps what it says in a \(other)
                category: processing
                protocol: cloister/1
                command: [./main, echo]
                tools:
                  - {name: echo, description: Answers with its input, input: {type: object}}

                """
            try FileCopy.write(manifest, to: place + "/plugin.yaml")
        }
    }

    /// Tenants with a plan that lets them ask as often as they can.
    private static func prepare(_ data: String) async throws -> [String] {
        var options = Store.Options()
        options.registrySteps = Daemon.registrySteps
        options.tenantSteps = Daemon.tenantSteps
        let store = try await Store.open(data, options)
        let (plans, keys) = (try await Plans(store), try await Keys(store))
        let plan = try PlanID("bench")
        let rate: JSONValue = ["requests": JSONValue(RatePolicy.mostRequests), "window": 1]
        _ = try await plans.set(try Plan(plan, ["name": "Bench", "currency": "EUR", "rate": rate]), now: Timestamp.now.milliseconds)
        var texts: [String] = []
        for number in 1...tenants {
            let tenant = try TenantID("tenant-\(number)")
            _ = try await store.createTenant(tenant)
            try await plans.choose(plan, for: tenant, now: Timestamp.now.milliseconds)
            let wish = try KeyWish(name: "bench", tenant: tenant, scopes: ["plugins:read", "secrets:write"])
            texts.append(try await keys.create(wish, by: .local("bench")).text.text)
        }
        await store.close()
        return texts
    }

    /// Of a hundred requests 50 ask for a page of the list, 30 look for something, 15 ask for one package, 5 write.
    private static func script(_ keys: [String]) -> String {
        let names = words.map { "'\($0)'" }.joined(separator: ", ")
        let list = "/api/marketplace/plugins"
        // What cursors of a tenant begin with: they are good for its list alone.
        let marks = (1...tenants).map { ListCursor.text(behind: "", in: list, of: TenantID(unchecked: "tenant-\($0)")) }
        return """
            local keys = {\(keys.map { "'\($0)'" }.joined(separator: ", "))}
            local marks = {\(marks.map { "'\($0)'" }.joined(separator: ", "))}
            local words = {\(names)}
            local threads = 0
            function setup(thread)
              thread:set('seed', threads)
              threads = threads + 1
            end
            function init(args) math.randomseed(seed + 1) end
            local function pick()
              local number = math.random(0, \(packages - 1))
              return words[number % #words + 1] .. '-' .. number
            end
            local function hex(text) return (text:gsub('.', function(c) return string.format('%02x', c:byte()) end)) end
            local list = '\(list)'
            function request()
              local tenant = math.random(#keys)
              local headers = {['Authorization'] = 'Bearer ' .. keys[tenant]}
              local kind = math.random(100)
              if kind <= 50 then return wrk.format('GET', list .. '?limit=20&cursor=' .. marks[tenant] .. hex(pick()), headers) end
              if kind <= 80 then
                local query = words[math.random(#words)] .. '%20of%20' .. words[math.random(#words)]
                return wrk.format('GET', list .. '?limit=20&q=' .. query, headers)
              end
              if kind <= 95 then return wrk.format('GET', list .. '/' .. pick(), headers) end
              headers['Content-Type'] = 'application/json'
              return wrk.format('PUT', '/api/secrets/bench-' .. math.random(4), headers, '{"value": "' .. math.random(1000000) .. '"}')
            end

            """ + HTTPLoad.summary
    }

    /// Free when it was asked for.
    private static func freePort() throws(Problem) -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Problem(systemCall: "socket") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw Problem(systemCall: "bind") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
