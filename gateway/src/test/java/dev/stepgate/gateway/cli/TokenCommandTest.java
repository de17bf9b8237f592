package dev.stepgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the command prints; that a gateway takes it is shown over TLS, in {@code TlsIT}. */
class TokenCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path data = Path.of("target");

    private final StringWriter errors = new StringWriter();

    private record Ran(int status, String out) {}

    @Test
    void makesATokenForEachRole() throws IOException {
        JsonNode agent = claims(run("--env", "echo", "--env", "files"));
        assertThat(agent.path("scope").asText()).isEqualTo("tools:list tools:call");
        assertThat(agent.path("aud").toString())
                .contains("\"http://127.0.0.1:8000/envs/echo/mcp\"", "\"http://127.0.0.1:8000/envs/files/mcp\"")
                .doesNotContain("/q");
        assertThat(claims(run("--role", "trainer")).path("scope").asText()).isEqualTo("episodes");
        assertThat(claims(run("--role", "observer")).path("scope").asText()).isEqualTo("observe");
        JsonNode operator = claims(run("--role", "operator", "--url", "https://gw.example"));
        assertThat(operator.path("scope").asText()).isEqualTo("operate");
        assertThat(operator.path("aud").toString()).contains("\"https://gw.example/q\"");
        JsonNode brief = claims(run("--minutes", "2", "--subject", "me"));
        assertThat(brief.path("exp").asLong() - brief.path("iat").asLong()).isEqualTo(120);
        assertThat(brief.path("sub").asText()).isEqualTo("me");
    }

    @Test
    void keepsItsKeyFromOthers() throws IOException {
        run();
        Path key = data.resolve("development-issuer.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertThat(run("--role", "root").status()).isEqualTo(2);
        assertThat(run("--minutes", "1441").status()).isEqualTo(2);
        assertThat(run("--env", "../x").status()).isEqualTo(2);
    }

    @Test
    void makesNoneInProduction() {
        System.setProperty("stepgate.mode", "production");
        try {
            Ran ran = run();
            assertThat(ran.status()).isEqualTo(1);
            assertThat(ran.out()).isEmpty();
            assertThat(errors.toString()).contains("development tokens are for training");
            assertThat(data).isEmptyDirectory();
        } finally {
            System.clearProperty("stepgate.mode");
        }
    }

    private Ran run(String... options) {
        PrintStream console = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            CommandLine line = Main.commandLine().setErr(new PrintWriter(errors, true));
            String[] all = new String[options.length + 3];
            all[0] = "token";
            all[1] = "--data";
            all[2] = data.toString();
            System.arraycopy(options, 0, all, 3, options.length);
            return new Ran(line.execute(all), out.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(console);
        }
    }

    private static JsonNode claims(Ran ran) throws IOException {
        assertThat(ran.status()).isZero();
        return JSON.readTree(Base64.getUrlDecoder().decode(ran.out().strip().split("\\.", -1)[1]));
    }
}
