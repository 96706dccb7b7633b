import HTTPTypes

/// Finds the route of a request. A literal segment goes before a parameter; two routes of one method and path are a fault
/// of the program.
struct RouteTable: Sendable {
    enum Match: Sendable {
        case route(Route, parameters: [String: String])
        /// The path is known, the method is not; those that are.
        case otherMethods([HTTPRequest.Method])
        case unknown
    }

    private struct Node: Sendable {
        var literals: [String: Node] = [:]
        /// At most one: the segment that a parameter takes.
        var parameter: [Node] = []
        var routes: [HTTPRequest.Method: Route] = [:]
    }

    private var root = Node()

    init(_ routes: [Route]) {
        for route in routes { Self.insert(route, route.path.segments[...], into: &root) }
    }

    /// `segments` are decoded already.
    func find(_ method: HTTPRequest.Method, _ segments: [String]) -> Match {
        guard let node = Self.descend(root, segments[...]) else { return .unknown }
        // What may be read may be asked about.
        let wanted = method == .head ? .get : method
        guard let route = node.routes[wanted] else {
            return .otherMethods(node.routes.keys.sorted { $0.rawValue < $1.rawValue })
        }
        var parameters: [String: String] = [:]
        for (segment, value) in zip(route.path.segments, segments) {
            if case .parameter(let name) = segment { parameters[name] = value }
        }
        return .route(route, parameters: parameters)
    }

    private static func insert(_ route: Route, _ segments: ArraySlice<PathTemplate.Segment>, into node: inout Node) {
        switch segments.first {
        case nil:
            precondition(node.routes[route.method] == nil, "two routes: \(route.method) \(route.path)")
            node.routes[route.method] = route
        case .literal(let text): insert(route, segments.dropFirst(), into: &node.literals[text, default: Node()])
        case .parameter:
            if node.parameter.isEmpty { node.parameter = [Node()] }
            insert(route, segments.dropFirst(), into: &node.parameter[0])
        }
    }

    private static func descend(_ node: Node, _ segments: ArraySlice<String>) -> Node? {
        guard let segment = segments.first else { return node.routes.isEmpty ? nil : node }
        if let next = node.literals[segment], let found = descend(next, segments.dropFirst()) { return found }
        guard let next = node.parameter.first else { return nil }
        return descend(next, segments.dropFirst())
    }
}
