package dev.stepgate.policy.testing;

import java.util.List;

/** Test results in the form that build servers read. Stateless. */
public final class JUnitXml {
    private JUnitXml() {}

    /** One suite with one case for each result. */
    public static String of(String suite, List<TestResult> results) {
        long failures = results.stream().filter(result -> !result.passed()).count();
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        xml.append("<testsuite name=\"")
                .append(escaped(suite))
                .append("\" tests=\"")
                .append(results.size());
        xml.append("\" failures=\"").append(failures).append("\" errors=\"0\" skipped=\"0\">\n");
        for (TestResult result : results) {
            xml.append("  <testcase classname=\"").append(escaped(suite));
            xml.append("\" name=\"").append(escaped(result.name())).append('"');
            if (result.passed()) {
                xml.append("/>\n");
            } else {
                xml.append(">\n    <failure message=\"")
                        .append(escaped(result.failure()))
                        .append("\">");
                xml.append(escaped(result.place() + ": " + result.failure())).append("</failure>\n  </testcase>\n");
            }
        }
        return xml.append("</testsuite>\n").toString();
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.appendCodePoint(c < ' ' && c != '\n' && c != '\t' ? '?' : c);
            }
        });
        return escaped.toString();
    }
}
