/// A login at a provider gave somebody another role: the groups there are other ones now. Sessions of the person have ended.
package struct RoleMove: Sendable {
    /// As the person was.
    package let person: Person
    package let role: Role
}
