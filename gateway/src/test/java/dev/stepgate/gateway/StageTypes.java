package dev.stepgate.gateway;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;

/** A stage's type can be made in its own package alone, so that leaving a stage out does not compile. */
final class StageTypes {
    private StageTypes() {}

    static ArchCondition<JavaClass> haveOnlyPackagePrivateConstructors() {
        return new ArchCondition<>("have only package-private constructors") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaConstructor constructor : type.getConstructors()) {
                    Set<JavaModifier> modifiers = constructor.getModifiers();
                    boolean open =
                            modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
                    events.add(new SimpleConditionEvent(type, !open, constructor.getDescription()));
                }
            }
        };
    }
}
