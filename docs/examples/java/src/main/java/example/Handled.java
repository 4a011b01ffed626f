package example;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** The ids of processed events. A real service stores them in a table with a unique index. */
@Component
class Handled {

  private final Set<String> ids = ConcurrentHashMap.newKeySet();

  boolean first(String id) {
    return ids.add(id);
  }
}
