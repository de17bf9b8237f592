package dev.stepgate.gateway.identity;

import dev.stepgate.gateway.identity.Resource.Kind;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The resources of this gateway. There is one for each environment, and a token for one is of no use at another: a shared one
 * has let a token of one server in at its sibling elsewhere. Immutable.
 */
public final class Resources {
    /** Below the public URL, before the path of the resource (RFC 9728, section 3.1). */
    public static final String WELL_KNOWN = ".well-known/oauth-protected-resource";

    private static final Pattern ENVIRONMENT = Pattern.compile("envs/([a-z0-9][a-z0-9_-]{0,62})/mcp");
    private static final String EPISODES = "episodes";
    private static final String CATALOGUE = "envs";
    private static final String OPERATIONS = "q";
    private static final String ROOT = "mcp";

    private final String publicUrl;
    private final @Nullable String rootEnvironment;

    /**
     * @param publicUrl what every URL that is handed out begins with; scheme and host in lower case, no trailing slash
     * @param rootEnvironment the environment that also answers at the root, or null
     */
    public Resources(String publicUrl, @Nullable String rootEnvironment) {
        this.publicUrl = publicUrl;
        this.rootEnvironment = rootEnvironment;
    }

    /** The resource of an environment, which need not exist. */
    public Resource environment(String name) {
        return new Resource(Kind.ENVIRONMENT, environmentPath(name), audiences(name));
    }

    /** The environment that answers at the root, under the URL it has there. */
    public Resource root(String name) {
        return new Resource(Kind.ENVIRONMENT, ROOT, audiences(name));
    }

    public Resource episodes() {
        return new Resource(Kind.EPISODES, EPISODES, Set.of());
    }

    public Resource catalogue() {
        return new Resource(Kind.CATALOGUE, CATALOGUE, Set.of());
    }

    public Resource operations() {
        return new Resource(Kind.OPERATIONS, OPERATIONS, Set.of(url(OPERATIONS)));
    }

    /**
     * The resource at a path. By the path's form alone, so that nothing can be learnt of which environments exist.
     *
     * @param path without a leading slash
     */
    public Optional<Resource> at(String path) {
        return switch (path) {
            case EPISODES -> Optional.of(episodes());
            case CATALOGUE -> Optional.of(catalogue());
            case OPERATIONS -> Optional.of(operations());
            case ROOT -> Optional.ofNullable(rootEnvironment).map(this::root);
            default -> {
                var environment = ENVIRONMENT.matcher(path);
                yield environment.matches() ? Optional.of(environment(environment.group(1))) : Optional.empty();
            }
        };
    }

    /** The URL of a resource: what a token's audience must be, character by character. */
    public String url(Resource resource) {
        return url(resource.path());
    }

    /** Where the metadata of a resource is. */
    public String metadataUrl(Resource resource) {
        return url(WELL_KNOWN + "/" + resource.path());
    }

    /** Whether tokens for these audiences may work in an environment. */
    boolean reach(Set<String> audiences, String environment) {
        return audiences.contains(url(EPISODES))
                || audiences(environment).stream().anyMatch(audiences::contains);
    }

    boolean isOurs(String audience) {
        String prefix = publicUrl + "/";
        return audience.startsWith(prefix)
                && at(audience.substring(prefix.length())).isPresent();
    }

    private Set<String> audiences(String environment) {
        Set<String> audiences = new LinkedHashSet<>();
        audiences.add(url(environmentPath(environment)));
        if (environment.equals(rootEnvironment)) {
            audiences.add(url(ROOT));
        }
        return audiences;
    }

    private String url(String path) {
        return publicUrl + "/" + path;
    }

    private static String environmentPath(String name) {
        return CATALOGUE + "/" + name + "/mcp";
    }
}
