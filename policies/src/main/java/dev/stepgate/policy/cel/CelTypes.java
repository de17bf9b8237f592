package dev.stepgate.policy.cel;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.stepgate.policy.schema.Shape;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The types of the variables that a condition of one tool may read. Its maps are filled by the constructor alone. */
@SuppressWarnings("Immutable")
final class CelTypes implements CelTypeProvider {
    /** Names that hold only once the tool has answered. */
    static final Set<String> AFTER_THE_CALL = Set.of("result", "response", "observation", "output");

    private static final CelType STRINGS = ListType.create(SimpleType.STRING);

    private final Map<String, StructType> structs = new HashMap<>();
    private final Map<String, Set<String>> optional = new HashMap<>();
    private final Map<String, CelType> variables = new LinkedHashMap<>();

    CelTypes(Shape.Fields arguments) {
        variables.put("args", struct("args", arguments));
        variables.put(
                "caller",
                struct(
                        "caller",
                        Map.of(
                                "subject",
                                SimpleType.STRING,
                                "roles",
                                STRINGS,
                                "client",
                                SimpleType.STRING,
                                "issuer",
                                SimpleType.STRING,
                                "scopes",
                                STRINGS,
                                "claims",
                                MapType.create(SimpleType.STRING, SimpleType.DYN))));
        variables.put(
                "env",
                struct(
                        "env",
                        Map.of(
                                "name", SimpleType.STRING,
                                "mode", SimpleType.STRING,
                                "labels", MapType.create(SimpleType.STRING, SimpleType.STRING))));
        variables.put(
                "episode",
                struct(
                        "episode",
                        Map.of("calls", MapType.create(SimpleType.STRING, SimpleType.INT), "cost", SimpleType.INT)));
        variables.put("tool", SimpleType.STRING);
        variables.put("now", SimpleType.TIMESTAMP);
    }

    Map<String, CelType> variables() {
        return variables;
    }

    /** The names of an object that a message may suggest; empty for a type that has none. */
    List<String> names(CelType type) {
        StructType struct = structs.get(type.name());
        return struct == null ? List.of() : List.copyOf(struct.fieldNames());
    }

    /** Whether a call may leave a name of an object out. */
    boolean isOptional(CelType object, String name) {
        return optional.getOrDefault(object.name(), Set.of()).contains(name);
    }

    private CelType type(String path, Shape shape) {
        return switch (shape) {
            case Shape.Text _ -> SimpleType.STRING;
            case Shape.Whole _ -> SimpleType.INT;
            case Shape.Fraction _ -> SimpleType.DOUBLE;
            case Shape.Truth _ -> SimpleType.BOOL;
            case Shape.Anything _ -> SimpleType.DYN;
            case Shape.Items items -> ListType.create(type(path + ".item", items.item()));
            case Shape.Fields fields -> struct(path, fields);
        };
    }

    private StructType struct(String path, Shape.Fields shape) {
        Map<String, CelType> fields = new HashMap<>();
        Set<String> leftOut = new HashSet<>();
        shape.fields().forEach((name, field) -> {
            fields.put(name, type(path + "." + name, field.shape()));
            if (!field.required()) {
                leftOut.add(name);
            }
        });
        StructType struct = struct(path, fields);
        optional.put(struct.name(), leftOut);
        return struct;
    }

    private StructType struct(String path, Map<String, CelType> fields) {
        Map<String, CelType> copy = Map.copyOf(fields);
        StructType struct = StructType.create(
                "stepgate.t" + structs.size() + "." + path.replaceAll("[^A-Za-z0-9_.]", "_"),
                ImmutableSet.copyOf(copy.keySet()),
                name -> Optional.ofNullable(copy.get(name)));
        structs.put(struct.name(), struct);
        return struct;
    }

    @Override
    public ImmutableCollection<CelType> types() {
        return ImmutableList.copyOf(structs.values());
    }

    @Override
    public Optional<CelType> findType(String name) {
        return Optional.ofNullable(structs.get(name));
    }
}
