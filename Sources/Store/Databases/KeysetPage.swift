package import Model

/// A part of a list that is read in the order of a key which no two entries share. Entries that come and go between two parts
/// move none of the others from one to the other: each is on exactly one of them.
package struct KeysetPage<Element: Sendable>: Sendable {
    package let elements: [Element]
    /// The key of the last one, for the next page; nil on the last page.
    package let next: String?

    /// Of `limit` elements and, where there are any, one more.
    package init(_ found: [Element], limit: Int?, key: (Element) -> String) {
        guard let limit, found.count > limit else {
            (elements, next) = (found, nil)
            return
        }
        elements = Array(found.prefix(limit))
        next = elements.last.map(key)
    }

    /// What was made of the elements of another page.
    package init(_ elements: [Element], next: String?) { (self.elements, self.next) = (elements, next) }

    /// What `LIMIT` is to be for a page of so many; -1, which SQLite takes for no limit, where there is none.
    package static func reads(_ limit: Int?) -> Int { limit.map { $0 + 1 } ?? -1 }
}

extension Problem {
    /// A text that no page of the list gave for its next one.
    package static var notACursor: Problem { Problem(.invalidInput, "/cursor: not a cursor of this list") }
}
