/// Something that was done with a person's account and that the person must learn of, in case it was somebody else.
package enum AccountEvent: Sendable, Hashable {
    case passwordChanged
    /// With recovery codes that are new, too.
    case secondFactorSet
    case secondFactorRemoved
    case recoveryCodeUsed(left: Int)
    case emailChanged
    /// The key's name and its first letters.
    case keyCreated(name: String, start: String)

    package var kind: NoticeKind {
        switch self {
        case .passwordChanged: .passwordChanged
        case .secondFactorSet, .secondFactorRemoved: .secondFactorChanged
        case .recoveryCodeUsed: .recoveryCodeUsed
        case .emailChanged: .emailChanged
        case .keyCreated: .ownKeyCreated
        }
    }

    /// For the person. No secret, and neither address: the mail may come to one that is not the person's any more.
    package var text: String {
        switch self {
        case .passwordChanged: "Your password was changed, and the sessions that were open elsewhere have ended. \(Self.help)"
        case .secondFactorSet: "A second factor was set up for your account, with new recovery codes. \(Self.help)"
        case .secondFactorRemoved: "The second factor of your account was switched off; no more codes are asked for. \(Self.help)"
        case .recoveryCodeUsed(left: 0):
            "The last recovery code of your account was used. Set the second factor up anew to get others. \(Self.help)"
        case .recoveryCodeUsed(let left): "A recovery code of your account was used; \(left) are left. \(Self.help)"
        case .emailChanged: "The e-mail address of your account was changed. \(Self.help)"
        case .keyCreated(let name, let start): "The API key \(name) (\(start)…) was made in your name. \(Self.help)"
        }
    }

    private static let help = "If it was not you, ask whoever looks after the people here at once."
}
