package dev.stepgate.gateway.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;

/** The Ed25519 key that signs checkpoints of a journal, as PEM in a file that only its owner may read. */
public final class CheckpointKey {
    private static final String PRIVATE = "PRIVATE KEY";
    private static final String PUBLIC = "PUBLIC KEY";

    private final PrivateKey privateKey;
    private final PublicKey publicKey;
    private final String id;

    private CheckpointKey(PrivateKey privateKey, PublicKey publicKey) {
        this.privateKey = privateKey;
        this.publicKey = publicKey;
        this.id = id(publicKey);
    }

    /**
     * Reads the key of a file, which holds the private and the public half; makes both where there is no file.
     *
     * @throws UncheckedIOException when it cannot be read or written, is no such key, or others may read it
     */
    public static CheckpointKey in(Path file) {
        try {
            if (!Files.exists(file)) {
                make(file);
            }
            Set<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(file));
            others.removeAll(PosixFilePermissions.fromString("rwx------"));
            if (!others.isEmpty()) {
                throw new IOException("others may read or change it: chmod 600 " + file);
            }
            String text = Files.readString(file);
            KeyFactory keys = KeyFactory.getInstance("Ed25519");
            return new CheckpointKey(
                    keys.generatePrivate(new PKCS8EncodedKeySpec(decode(text, PRIVATE))),
                    keys.generatePublic(new X509EncodedKeySpec(decode(text, PUBLIC))));
        } catch (IOException | GeneralSecurityException unusable) {
            throw new UncheckedIOException(new IOException(
                    "the journal's key `" + file + "` cannot be used: " + unusable.getMessage(), unusable));
        }
    }

    private static void make(Path file) throws IOException, GeneralSecurityException {
        KeyPair fresh = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
        // Written aside and linked into place, so that two programs that start at once use one key.
        Path aside = Files.createTempFile(
                folder,
                "journal",
                ".new",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(
                    aside,
                    encode(PRIVATE, fresh.getPrivate().getEncoded())
                            + encode(PUBLIC, fresh.getPublic().getEncoded()));
            Files.createLink(file, aside);
        } catch (FileAlreadyExistsException another) {
            // Then that one is it.
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    /** Reads a public key. */
    static PublicKey readPublic(Path file) throws IOException {
        try {
            return KeyFactory.getInstance("Ed25519")
                    .generatePublic(new X509EncodedKeySpec(decode(Files.readString(file), PUBLIC)));
        } catch (GeneralSecurityException noKey) {
            throw new IOException("`" + file + "` is no Ed25519 public key in PEM", noKey);
        }
    }

    /** How checkpoints name a key: the beginning of the SHA-256 over its public half. */
    static String id(PublicKey key) {
        return HexFormat.of()
                .formatHex(HashChain.sha256().digest(key.getEncoded()))
                .substring(0, 16);
    }

    String id() {
        return id;
    }

    String publicPem() {
        return encode(PUBLIC, publicKey.getEncoded());
    }

    byte[] sign(byte[] bytes) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(privateKey);
            signature.update(bytes);
            return signature.sign();
        } catch (GeneralSecurityException unusable) {
            throw new IllegalStateException("the journal's key cannot sign", unusable);
        }
    }

    static boolean verifies(PublicKey key, byte[] bytes, byte[] signed) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initVerify(key);
            signature.update(bytes);
            return signature.verify(signed);
        } catch (GeneralSecurityException noSignature) {
            return false;
        }
    }

    private static String encode(String what, byte[] bytes) {
        String body = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(bytes);
        return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
    }

    private static byte[] decode(String text, String what) throws IOException {
        String begin = "-----BEGIN " + what + "-----";
        int from = text.indexOf(begin);
        int to = text.indexOf("-----END " + what + "-----");
        if (from < 0 || to < from) {
            throw new IOException("it has no " + what + " in PEM");
        }
        try {
            return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
        } catch (IllegalArgumentException noBase64) {
            throw new IOException("its " + what + " is no Base64", noBase64);
        }
    }
}
