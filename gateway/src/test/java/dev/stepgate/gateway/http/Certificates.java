package dev.stepgate.gateway.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Keys and certificates of a server, of a client that it trusts and of one that it does not, made by the JDK's keytool. */
final class Certificates {
    static final String PASSWORD = "changeit";

    private final Path folder;

    /** Makes all of them anew in a folder. */
    Certificates(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
            for (String name : List.of("server", "client", "stranger")) {
                makeKey(name);
            }
            trust("trusted-by-server", "client");
            trust("trusted-by-clients", "server");
        } catch (IOException | GeneralSecurityException | InterruptedException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    Path file(String name) {
        return folder.resolve(name + ".p12");
    }

    /** @param name whose certificate is shown to the server, or null for none */
    SSLContext context(@Nullable String name) throws IOException, GeneralSecurityException {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(load("trusted-by-clients"));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(name == null ? null : load(name), PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private void makeKey(String name) throws IOException, InterruptedException {
        Files.deleteIfExists(file(name));
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process process = new ProcessBuilder(
                        keytool.toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file(name).toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("keytool failed: " + said);
        }
    }

    private void trust(String store, String whose) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry(whose, load(whose).getCertificate(whose));
        try (OutputStream out = Files.newOutputStream(file(store))) {
            trusted.store(out, PASSWORD.toCharArray());
        }
    }

    private KeyStore load(String name) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file(name))) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }
}
