package dev.stepgate.mcp;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The methods of MCP, from all revisions, so that a table of what is served can be checked for gaps. */
public enum McpMethod {
    INITIALIZE("initialize"),
    SERVER_DISCOVER("server/discover"),
    SUBSCRIPTIONS_LISTEN("subscriptions/listen"),
    PING("ping"),
    TOOLS_LIST("tools/list"),
    TOOLS_CALL("tools/call"),
    RESOURCES_LIST("resources/list"),
    RESOURCES_TEMPLATES_LIST("resources/templates/list"),
    RESOURCES_READ("resources/read"),
    RESOURCES_SUBSCRIBE("resources/subscribe"),
    RESOURCES_UNSUBSCRIBE("resources/unsubscribe"),
    PROMPTS_LIST("prompts/list"),
    PROMPTS_GET("prompts/get"),
    COMPLETION_COMPLETE("completion/complete"),
    LOGGING_SET_LEVEL("logging/setLevel"),
    TASKS_GET("tasks/get"),
    TASKS_RESULT("tasks/result"),
    TASKS_LIST("tasks/list"),
    TASKS_UPDATE("tasks/update"),
    TASKS_CANCEL("tasks/cancel"),

    /** From the server to the client. */
    SAMPLING_CREATE_MESSAGE("sampling/createMessage"),
    ELICITATION_CREATE("elicitation/create"),
    ROOTS_LIST("roots/list"),

    INITIALIZED("notifications/initialized"),
    CANCELLED("notifications/cancelled"),
    PROGRESS("notifications/progress"),
    MESSAGE("notifications/message"),
    TOOLS_LIST_CHANGED("notifications/tools/list_changed"),
    PROMPTS_LIST_CHANGED("notifications/prompts/list_changed"),
    RESOURCES_LIST_CHANGED("notifications/resources/list_changed"),
    RESOURCES_UPDATED("notifications/resources/updated"),
    SUBSCRIPTIONS_ACKNOWLEDGED("notifications/subscriptions/acknowledged"),
    ROOTS_LIST_CHANGED("notifications/roots/list_changed"),
    ELICITATION_COMPLETE("notifications/elicitation/complete"),
    TASKS_STATUS("notifications/tasks/status");

    private static final Map<String, McpMethod> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(McpMethod::wireName, Function.identity()));

    private final String wireName;

    McpMethod(String wireName) {
        this.wireName = wireName;
    }

    public static Optional<McpMethod> of(String wireName) {
        return Optional.ofNullable(BY_NAME.get(wireName));
    }

    /** The name on the wire, for example {@code tools/call}. */
    public String wireName() {
        return wireName;
    }

    public boolean isNotification() {
        return wireName.startsWith("notifications/");
    }
}
