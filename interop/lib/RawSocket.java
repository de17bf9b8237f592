import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * A WebSocket client that writes whatever it is told to, well-formed or not. Blocks; meant for virtual threads. One thread
 * reads, one writes. Nothing of it depends on the server under test, so that a benchmark loads every server alike.
 */
final class RawSocket implements AutoCloseable {
    static final int TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;
    private static final int BUFFER = 4096;
    private static final byte[] NO_MASK = new byte[4];

    final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;

    record Frame(int opcode, boolean last, byte[] payload) {
        String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        /** The code of a close frame; 1005 where it has none. */
        int code() {
            return payload.length < 2 ? 1005 : (payload[0] & 0xff) << 8 | payload[1] & 0xff;
        }
    }

    private RawSocket(Socket socket) throws IOException {
        this.socket = socket;
        this.out = socket.getOutputStream();
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER));
    }

    /** A connection on which nothing was said; every read on it is bounded. */
    static RawSocket connect(URI base, int readMillis) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(readMillis);
            socket.connect(new InetSocketAddress(base.getHost(), base.getPort()), readMillis);
            return new RawSocket(socket);
        } catch (IOException refused) {
            socket.close();
            throw refused;
        }
    }

    /** A socket whose handshake at {@code base}/ws is done. */
    static RawSocket open(URI base, int readMillis) throws IOException {
        RawSocket raw = connect(base, readMillis);
        try {
            raw.write(handshake(base));
            String status = raw.head();
            if (!status.startsWith("HTTP/1.1 101")) throw new IOException("the handshake is refused: " + status);
            return raw;
        } catch (IOException | RuntimeException refused) {
            raw.abort();
            throw refused;
        }
    }

    static byte[] handshake(URI base) {
        String request = "GET " + base.getPath() + "/ws HTTP/1.1\r\nHost: " + base.getAuthority()
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        return request.getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads the head of an HTTP answer and gives its first line. */
    String head() throws IOException {
        var head = new ByteArrayOutputStream();
        for (int ends = 0; ends < 2; ) {
            int next = in.read();
            if (next < 0) throw new EOFException("the connection ended in the handshake");
            head.write(next);
            ends = next == '\n' ? ends + 1 : next == '\r' ? ends : 0;
        }
        return head.toString(StandardCharsets.US_ASCII).lines().findFirst().orElse("");
    }

    void write(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    void text(String text) throws IOException {
        write(frame(0x80 | TEXT, text.getBytes(StandardCharsets.UTF_8)));
    }

    /** One masked frame; {@code first} is its first byte: FIN, the reserved bits and the opcode. The mask is of zeros. */
    static byte[] frame(int first, byte[] payload) {
        var bytes = new ByteArrayOutputStream(payload.length + 14);
        bytes.write(first);
        if (payload.length < 126) {
            bytes.write(0x80 | payload.length);
        } else if (payload.length < 65536) {
            bytes.write(0x80 | 126);
            bytes.write(payload.length >> 8);
            bytes.write(payload.length);
        } else {
            bytes.write(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) bytes.write((int) ((long) payload.length >> shift));
        }
        bytes.writeBytes(NO_MASK);
        bytes.writeBytes(payload);
        return bytes.toByteArray();
    }

    /** The next frame of a message, or a close; pings are answered, as every peer must. */
    Frame read() throws IOException {
        while (true) {
            int first = in.readUnsignedByte();
            long length = in.readUnsignedByte() & 0x7f;
            if (length == 126) length = in.readUnsignedShort();
            else if (length == 127) length = in.readLong();
            byte[] payload = new byte[Math.toIntExact(length)];
            in.readFully(payload);
            Frame frame = new Frame(first & 0x0f, (first & 0x80) != 0, payload);
            if (frame.opcode() == PING) write(frame(0x80 | PONG, payload));
            else if (frame.opcode() != PONG) return frame;
        }
    }

    /** The next whole text; a close or an end is an {@link EOFException} that says so. */
    String message() throws IOException {
        Frame first = read();
        if (first.opcode() == CLOSE) throw new EOFException("closed with " + first.code());
        if (first.last()) return first.text();
        var whole = new ByteArrayOutputStream();
        for (Frame part = first; ; part = read()) {
            whole.writeBytes(part.payload());
            if (part.last()) return whole.toString(StandardCharsets.UTF_8);
        }
    }

    String ask(String text) throws IOException {
        text(text);
        return message();
    }

    /** Ends the connection with a reset: the other side gets no close frame and no end of stream. */
    void abort() {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException gone) {
            // It is closed all the same.
        }
        close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException gone) {
            // That was the aim.
        }
    }
}
