import HTTPTypes
import Model
import NIOCore
import Tenancy

extension Routes {
    /// Made once: it is of the program, not of the daemon.
    private static let document: (bytes: ByteBuffer, tag: String) = {
        let json = OpenAPI(all).json
        return (ByteBuffer(bytes: json.bytes), EntityTag.of(json))
    }()

    static let service: [Route] = [
        Route(
            .get, "/healthz", "health", "Whether the server answers at all.", .everybody,
            reply: .json(.object([.required("status", .choice(["ok"]))]))
        ) { _ in .json(["status": "ok"]) },
        Route(
            .get, "/readyz", "ready", "Whether the daemon takes work.", .everybody,
            reply: .json(.object([.required("status", .choice(["ready"]))])), errors: [.retryLater]
        ) { exchange in
            if let reason = await exchange.port.unreadiness() { throw Problem(.retryLater, reason) }
            return .json(["status": "ready"])
        },
        Route(
            .get, "/metrics", "metrics", "What the daemon counts and measures, for Prometheus.",
            .key(Access(.metricsRead, of: .daemon)),
            reply: Route.Reply(status: .ok, content: .text("text/plain"))
        ) { exchange in
            Answer(
                content: .text(
                    exchange.metrics.text(with: await exchange.port.gauges()), type: "text/plain; version=0.0.4; charset=utf-8"))
        },
        Route(
            .get, "/api/openapi.json", "openapi", "This document.", .everybody, reply: .json(.anyObject("An OpenAPI document"))
        ) { _ in
            var answer = Answer.json(document.bytes)
            answer.headers[.eTag] = document.tag
            answer.headers[.cacheControl] = "no-cache"
            return answer
        },
        .operation(
            .get, "/api/status", "status", "The daemon, its children, and which quotas the kernel enforces.",
            Access(.statusRead, of: .daemon), reply: .json(.status)),
    ]
}
