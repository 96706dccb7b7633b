package import Model

/// The problem that `body` ends with; nil when it comes to its end. An error of another kind comes as an internal fault.
package func problem(_ body: () async throws -> some Any) async -> Problem? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? Problem ?? Problem(.internalFault, "no problem, but \(error)")
    }
}
