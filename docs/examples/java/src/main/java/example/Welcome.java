package example;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;

/** Consumes sign-ups, as a notification service does. */
@Component
@ConditionalOnExpression("!'${spring.kafka.bootstrap-servers}'.isEmpty()")
public class Welcome {

  private static final Logger log = LoggerFactory.getLogger(Welcome.class);

  private final ObjectMapper json;
  private final Handled handled;

  Welcome(ObjectMapper json, Handled handled) {
    this.json = json;
    this.handled = handled;
  }

  /** An event of the topic user-signup: docs/events/user-signup.schema.json. */
  public record UserSignup(String eventId, String eventType, Instant timestamp, Payload payload) {

    public record Payload(
        UUID uuid, String email, String nickname, @JsonProperty("signupMethod") String method, Instant createdAt) {}
  }

  /** An event that fails is retried, and goes to user-signup.dlt after the attempts of the error handler. */
  @KafkaListener(topics = "${daemun.topic-prefix:}user-signup", groupId = "${GROUP:welcome}")
  void on(ConsumerRecord<String, String> message) throws Exception {
    UserSignup event = json.readValue(message.value(), UserSignup.class);
    // An event may be delivered twice. A real service stores the id in the transaction of its effect.
    if (!handled.first(event.eventId())) {
      return;
    }
    UserSignup.Payload member = event.payload();
    if (member.email() == null) {
      log.info("welcome {}: no address", member.uuid());
      return;
    }
    log.info("welcome {} by {}", member.uuid(), member.method());
  }
}
