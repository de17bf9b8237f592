package dev.stepgate.gateway.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A connection of our own: what no HTTP client would send, and every answer that comes back on it. */
final class RawHttp {
    private RawHttp() {}

    /**
     * One answer.
     *
     * @param text head and body as they came
     */
    record Answer(int status, String text) {}

    /** Sends bytes and reads until the server closes, or nothing more comes for as long as the server may think. */
    static List<Answer> exchange(URI server, String request, int silenceMillis) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(silenceMillis);
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            try {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().flush();
                InputStream in = socket.getInputStream();
                byte[] chunk = new byte[8192];
                for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                    received.write(chunk, 0, read);
                }
            } catch (SocketTimeoutException silence) {
                // All that was to come has come.
            } catch (IOException reset) {
                // The server may close before it has read everything.
            }
            return answers(received.toString(StandardCharsets.ISO_8859_1));
        }
    }

    private static List<Answer> answers(String text) {
        List<Answer> answers = new ArrayList<>();
        int at = 0;
        while (at < text.length() && text.startsWith("HTTP/1.", at)) {
            int headEnd = text.indexOf("\r\n\r\n", at);
            if (headEnd < 0) {
                break;
            }
            String head = text.substring(at, headEnd);
            int end = Math.min(text.length(), headEnd + 4 + length(head));
            answers.add(new Answer(Integer.parseInt(head.substring(9, 12)), text.substring(at, end)));
            at = end;
        }
        return answers;
    }

    private static int length(String head) {
        for (String line : head.split("\r\n", -1)) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                return Integer.parseInt(line.substring(15).strip());
            }
        }
        return 0;
    }
}
