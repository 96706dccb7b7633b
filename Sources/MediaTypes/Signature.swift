/// Bytes at a fixed place that make a format known.
struct Signature {
    let type: String
    let bytes: String
    let offset: Int

    init(_ type: String, _ bytes: String, at offset: Int = 0) {
        self.type = type
        self.bytes = bytes
        self.offset = offset
    }
}

extension Signature {
    /// The first that fits counts: longer ones stand before shorter ones that they begin with. From the formats' own
    /// specifications; names from the IANA registry where it has one.
    static let all: [Signature] = [
        // Images
        Signature("image/png", "\u{89}PNG\r\n\u{1A}\n"),
        Signature("image/jpeg", "\u{FF}\u{D8}\u{FF}"),
        Signature("image/gif", "GIF87a"),
        Signature("image/gif", "GIF89a"),
        Signature("image/x-canon-cr2", "II*\0\u{10}\0\0\0CR\u{02}\0"),
        Signature("image/x-olympus-orf", "IIRO\u{08}\0\0\0"),
        Signature("image/x-panasonic-rw2", "IIU\0\u{18}\0\0\0"),
        Signature("image/x-fuji-raf", "FUJIFILMCCD-RAW "),
        Signature("image/tiff", "II*\0"),
        Signature("image/tiff", "MM\0*"),
        Signature("image/tiff", "II+\0\u{08}\0\0\0"),
        Signature("image/tiff", "MM\0+\0\u{08}\0\0"),
        Signature("image/jxl", "\0\0\0\u{0C}JXL \r\n\u{87}\n"),
        Signature("image/jxl", "\u{FF}\n"),
        Signature("image/jp2", "\0\0\0\u{0C}jP  \r\n\u{87}\n"),
        Signature("image/jp2", "\u{FF}O\u{FF}Q\0"),
        Signature("image/vnd.adobe.photoshop", "8BPS\0\u{01}"),
        Signature("image/vnd.adobe.photoshop", "8BPS\0\u{02}"),
        Signature("image/x-xcf", "gimp xcf "),
        Signature("image/aces", "v/1\u{01}"),
        Signature("image/vnd.radiance", "#?RADIANCE\n"),
        Signature("image/vnd.djvu", "AT&TFORM"),
        Signature("image/fits", "SIMPLE  =                    T"),
        Signature("image/x-qoi", "qoif"),
        Signature("image/ktx", "\u{AB}KTX 11\u{BB}\r\n\u{1A}\n"),
        Signature("image/ktx2", "\u{AB}KTX 20\u{BB}\r\n\u{1A}\n"),
        Signature("image/vnd.ms-dds", "DDS |\0\0\0"),

        // Sound and moving images
        Signature("audio/flac", "fLaC"),
        Signature("audio/midi", "MThd\0\0\0\u{06}"),
        Signature("audio/AMR-WB", "#!AMR-WB\n"),
        Signature("audio/AMR", "#!AMR\n"),
        Signature("audio/basic", ".snd\0\0\0"),
        Signature("audio/mpeg", "ID3"),
        Signature("audio/x-wavpack", "wvpk"),
        Signature("audio/x-ape", "MAC "),
        Signature("video/mpeg", "\0\0\u{01}\u{BA}"),
        Signature("video/mpeg", "\0\0\u{01}\u{B3}"),
        Signature("video/x-flv", "FLV\u{01}"),
        Signature("video/x-ms-asf", "0&\u{B2}u\u{8E}f\u{CF}\u{11}\u{A6}\u{D9}\0\u{AA}\0b\u{CE}l"),

        // Documents
        Signature("application/postscript", "%!PS"),
        Signature("application/postscript", "\u{C5}\u{D0}\u{D3}\u{C6}"),
        Signature("application/rtf", "{\\rtf"),
        Signature("application/vnd.ms-htmlhelp", "ITSF\u{03}\0\0\0"),
        Signature("application/dicom", "DICM", at: 128),

        // Archives and compression
        Signature("application/gzip", "\u{1F}\u{8B}\u{08}"),
        Signature("application/x-compress", "\u{1F}\u{9D}"),
        Signature("application/x-xz", "\u{FD}7zXZ\0"),
        Signature("application/zstd", "(\u{B5}/\u{FD}"),
        Signature("application/x-lz4", "\u{04}\"M\u{18}"),
        Signature("application/x-lzip", "LZIP\u{01}"),
        Signature("application/x-7z-compressed", "7z\u{BC}\u{AF}'\u{1C}"),
        Signature("application/vnd.rar", "Rar!\u{1A}\u{07}"),
        Signature("application/x-rpm", "\u{ED}\u{AB}\u{EE}\u{DB}"),
        Signature("application/vnd.debian.binary-package", "!<arch>\ndebian-binary"),
        Signature("application/x-archive", "!<arch>\n"),
        Signature("application/x-archive", "!<thin>\n"),
        Signature("application/x-cpio", "070701"),
        Signature("application/x-cpio", "070702"),
        Signature("application/x-cpio", "070707"),
        Signature("application/vnd.ms-cab-compressed", "MSCF\0\0\0\0"),
        Signature("application/x-tar", "ustar\0", at: 257),
        Signature("application/x-tar", "ustar  \0", at: 257),
        Signature("application/vnd.squashfs", "hsqs"),
        Signature("application/x-iso9660-image", "\u{01}CD001\u{01}", at: 32_768),

        // Programs
        Signature("application/wasm", "\0asm"),
        Signature("application/x-dex", "dex\n0"),
        Signature("application/x-mach-binary", "\u{CF}\u{FA}\u{ED}\u{FE}"),
        Signature("application/x-mach-binary", "\u{CE}\u{FA}\u{ED}\u{FE}"),
        Signature("application/x-llvm-bitcode", "BC\u{C0}\u{DE}"),

        // Fonts
        Signature("font/woff2", "wOF2"),
        Signature("font/woff", "wOFF"),
        Signature("font/otf", "OTTO\0"),
        Signature("font/ttf", "\0\u{01}\0\0\0"),
        Signature("font/collection", "ttcf\0"),

        // Data
        Signature("application/vnd.sqlite3", "SQLite format 3\0"),
        Signature("application/vnd.apache.parquet", "PAR1"),
        Signature("application/vnd.apache.arrow.file", "ARROW1\0\0"),
        Signature("application/x-avro", "Obj\u{01}"),
        Signature("application/x-hdf5", "\u{89}HDF\r\n\u{1A}\n"),
        Signature("application/netcdf", "CDF\u{01}"),
        Signature("application/netcdf", "CDF\u{02}"),
        Signature("application/vnd.tcpdump.pcap", "\u{D4}\u{C3}\u{B2}\u{A1}"),
        Signature("application/vnd.tcpdump.pcap", "\u{A1}\u{B2}\u{C3}\u{D4}"),
        Signature("application/x-pcapng", "\n\r\r\n"),
        Signature("application/x-numpy", "\u{93}NUMPY"),
        Signature("application/x-git-pack", "PACK\0\0\0"),
        Signature("model/gltf-binary", "glTF\u{02}\0\0\0"),
        Signature("application/x-blender", "BLENDER"),
        Signature("application/x-shapefile", "\0\0'\n\0\0\0\0"),
    ]
}
