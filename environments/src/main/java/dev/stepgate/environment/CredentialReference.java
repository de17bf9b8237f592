package dev.stepgate.environment;

import dev.stepgate.yaml.Place;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A credential as a manifest names it: where it lies, how it is put in and what it is bound to. Never its value.
 *
 * @param place where its name stands
 * @param name the manifest's name for it
 * @param lease for whom one value is used, or null for the mode's own way: one for all in training, one each in production
 */
public record CredentialReference(
        Place place,
        String name,
        Source source,
        Injection inject,
        Binding bind,
        @Nullable Lease lease) {

    /** What kind of engine of the store keeps it. */
    public enum Engine {
        /** Values without versions. */
        KV1,
        /** Values with versions. */
        KV2,
        /** Values that are made for whoever asks, and end. */
        DYNAMIC
    }

    /** For how long one value is used, and for whom. */
    public enum Lease {
        /** One for all episodes of the environment, renewed for as long as it is used. */
        ENV,
        /** One for each run of an episode, taken back when it ends. */
        EPISODE
    }

    /**
     * Where it lies.
     *
     * @param mount the engine's own path
     * @param path the rest, for example {@code swe/github} or {@code creds/analyst-ro}
     * @param version the one version that counts, or null for the newest; {@code KV2} only
     */
    public record Source(
            Engine engine,
            String mount,
            String path,
            @Nullable Integer version) {

        /** Both parts of the path, as fences and people see it. */
        public String fullPath() {
            return mount + "/" + path;
        }
    }

    /** How the value reaches its upstream. */
    public sealed interface Injection {

        /** Whether it is given to a process when that starts, and so cannot be changed later. */
        default boolean isOfProcess() {
            return switch (this) {
                case Variables _, FileSet _ -> true;
                case Header _, Argument _ -> false;
            };
        }

        /**
         * As a header of each request.
         *
         * @param format the header's value, with {@code {}} for the field's
         */
        record Header(String name, String field, String format) implements Injection {}

        /**
         * As an argument of calls, which their agents neither see nor send.
         *
         * @param pointer of the argument, for example {@code /auth/api_key}
         */
        record Argument(String pointer, String field) implements Injection {}

        /**
         * As files of a process, there when it starts and gone with it: the field for each file's name.
         *
         * @param fields by the names below the folder that {@code {credentials}} stands for
         */
        record FileSet(Map<String, String> fields) implements Injection {
            public FileSet {
                fields = Map.copyOf(fields);
            }
        }

        /** As variables of a process, from its start on: the field for each variable. */
        record Variables(Map<String, String> fields) implements Injection {
            public Variables {
                fields = Map.copyOf(fields);
            }
        }
    }

    /**
     * Where it may go. It goes nowhere else, whatever an upstream or a caller says.
     *
     * @param upstream the manifest's name of the one upstream
     * @param hosts {@code host:port} of the one that is spoken to; empty for a process
     * @param paths the paths of requests, each whole or ending in {@code /**}; empty: all
     * @param tools the upstream's own names of the tools whose calls carry it; empty: all
     * @param session whether what belongs to no call of a tool carries it as well: the session itself and its lists
     */
    public record Binding(String upstream, Set<String> hosts, List<String> paths, Set<String> tools, boolean session) {
        public Binding {
            hosts = Set.copyOf(hosts);
            paths = List.copyOf(paths);
            tools = Set.copyOf(tools);
        }

        /** With the session, unless single tools are named. */
        public Binding(String upstream, Set<String> hosts, List<String> paths, Set<String> tools) {
            this(upstream, hosts, paths, tools, tools.isEmpty());
        }

        /** Whether a path is one of those it is bound to. */
        public boolean coversPath(String path) {
            return paths.isEmpty()
                    || paths.stream()
                            .anyMatch(bound -> bound.endsWith("/**")
                                    ? path.equals(bound.substring(0, bound.length() - 3))
                                            || path.startsWith(bound.substring(0, bound.length() - 2))
                                    : path.equals(bound));
        }
    }
}
