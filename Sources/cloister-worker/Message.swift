import CJQ

/// A part of a message, which is read with libjq's values. Whoever reads the message keeps it.
struct Message {
    private let value: jv

    /// Does not take `value` over.
    init(borrowing value: jv) { self.value = value }

    subscript(name: String) -> Message? {
        guard jv_get_kind(value) == JV_KIND_OBJECT else { return nil }
        let member = jv_object_get(jv_copy(value), jv_string(name))
        // The object holds it too.
        jv_free(member)
        return jv_is_valid(member) == 0 ? nil : Message(borrowing: member)
    }

    var string: String? { jv_get_kind(value) == JV_KIND_STRING ? String(jv: value) : nil }

    var text: JSONText? { jv_get_kind(value) == JV_KIND_STRING ? JSONText(value) : nil }

    var integer: Int? { jv_get_kind(value) == JV_KIND_NUMBER ? Int(exactly: jv_number_value(value)) : nil }

    var elements: [Message]? {
        guard jv_get_kind(value) == JV_KIND_ARRAY else { return nil }
        return (0..<jv_array_length(jv_copy(value))).map { index in
            let element = jv_array_get(jv_copy(value), index)
            jv_free(element)
            return Message(borrowing: element)
        }
    }

    var members: [(String, Message)] {
        guard jv_get_kind(value) == JV_KIND_OBJECT else { return [] }
        var members: [(String, Message)] = []
        var place = jv_object_iter(value)
        while jv_object_iter_valid(value, place) != 0 {
            let (key, member) = (jv_object_iter_key(value, place), jv_object_iter_value(value, place))
            members.append((String(jv: key), Message(borrowing: member)))
            jv_free(key)
            jv_free(member)
            place = jv_object_iter_next(value, place)
        }
        return members
    }

    /// Appends it as JSON.
    func append(to text: inout cjq_text) { _ = cjq_write(value, &text, .max) }
}
