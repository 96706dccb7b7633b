extension Unicode.Scalar {
    /// C0, DEL and C1 (Unicode's category Cc): what a terminal or a log reader may take for an order.
    package var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
