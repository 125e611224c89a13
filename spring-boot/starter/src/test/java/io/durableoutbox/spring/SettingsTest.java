package io.durableoutbox.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Maintenance;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.RelayBuilder;
import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.boot.configurationmetadata.ConfigurationMetadataProperty;
import org.springframework.boot.configurationmetadata.ConfigurationMetadataRepository;
import org.springframework.boot.configurationmetadata.ConfigurationMetadataRepositoryJsonBuilder;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** The settings' defaults are the library's, and the documents list the settings that there are. */
class SettingsTest {
  private static OutboxProperties defaults() {
    return new Binder(new MapConfigurationPropertySource(Map.of()))
        .bindOrCreate("outbox", OutboxProperties.class);
  }

  @Test
  void theDefaultsAreTheLibrarysOwn() throws ReflectiveOperationException {
    try (TestDatabase database = TestDatabase.h2()) {
      OutboxMigrations.of(database.pool()).migrate();
      Outbox outbox = JdbcOutbox.create(database.pool());
      OutboxProperties properties = defaults();

      RelayBuilder set = outbox.relay();
      RelaySetUp.apply(properties.relay(), Duration.ofMinutes(1), set);
      assertThat(fields(set)).isEqualTo(fields(outbox.relay()));

      Maintenance.Builder maintenance = outbox.maintenance();
      MaintenanceSetUp.build(properties.maintenance(), maintenance);
      assertThat(fields(maintenance)).isEqualTo(fields(outbox.maintenance()));

      JdbcOutbox.Builder builder = JdbcOutbox.builder(database.pool());
      assertThat(fields(builder))
          .containsEntry("maxActionBytes", properties.maxActionBytes())
          .containsEntry("asynchronousCommit", properties.asynchronousCommit());
    }
  }

  private static Map<String, Object> fields(Object builder) throws ReflectiveOperationException {
    Map<String, Object> values = new TreeMap<>();
    for (Field field : builder.getClass().getDeclaredFields()) {
      field.setAccessible(true);
      Object value = field.get(builder);
      if (value instanceof Number || value instanceof Duration || value instanceof Boolean) {
        values.put(field.getName(), value);
      }
    }
    assertThat(values).isNotEmpty();
    return values;
  }

  @Test
  void theDocumentsListIsTheMetadataOfTheSettings() throws IOException {
    String document = Files.readString(Path.of("../../docs/spring-boot.md"));
    int start = document.indexOf("| setting |");
    assertThat(document.substring(start, document.indexOf("\n\n", start)) + "\n")
        .as("copy this table into docs/spring-boot.md")
        .isEqualTo(table());
  }

  private static String table() throws IOException {
    try (InputStream metadata =
        Objects.requireNonNull(
            SettingsTest.class.getResourceAsStream(
                "/META-INF/spring-configuration-metadata.json"))) {
      ConfigurationMetadataRepository repository =
          ConfigurationMetadataRepositoryJsonBuilder.create(metadata).build();
      return "| setting | default | what it does |\n|---|---|---|\n"
          + repository.getAllProperties().values().stream()
              .sorted(
                  (a, b) -> {
                    int depths = depth(a) - depth(b);
                    return depths != 0 ? depths : a.getId().compareTo(b.getId());
                  })
              .map(SettingsTest::row)
              .collect(Collectors.joining());
    }
  }

  private static int depth(ConfigurationMetadataProperty property) {
    return property.getId().split("\\.", -1).length;
  }

  private static String row(ConfigurationMetadataProperty property) {
    assertThat(property.getDescription()).as(property.getId()).isNotBlank();
    Object value = property.getDefaultValue();
    return "| `"
        + property.getId()
        + "` | "
        + (value == null ? "" : "`" + value.toString().toLowerCase(Locale.ROOT) + "`")
        + " | "
        + property.getDescription()
        + " |\n";
  }
}
