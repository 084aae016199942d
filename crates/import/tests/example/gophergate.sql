-- What GopherGate's database has, after the reference page.
CREATE TABLE users (id TEXT, password_hash TEXT);
INSERT INTO users VALUES ('admin', 'hush-hash');
CREATE TABLE provider_configs (id TEXT PRIMARY KEY, enabled BOOLEAN, base_url TEXT, api_key_encrypted TEXT, credit_balance REAL);
INSERT INTO provider_configs VALUES ('deepseek', 1, NULL, 'hush-sealed', 5.5), ('xiaomi', 0, NULL, NULL, NULL), ('openai', 1, 'http://two.fleet.example/v1', NULL, NULL), ('odd', 1, NULL, NULL, NULL);
CREATE TABLE model_configs (id TEXT, enabled BOOLEAN, mapping TEXT, prompt_cost_per_m REAL, completion_cost_per_m REAL);
INSERT INTO model_configs VALUES ('gpt-5.4-mini', 1, NULL, 0.25, 2), ('fast', 1, 'gpt-5.4-nano', NULL, NULL), ('gpt-old', 0, NULL, NULL, NULL);
CREATE TABLE model_groups (id TEXT PRIMARY KEY, strategy TEXT DEFAULT 'heuristic', selector_model TEXT, targets TEXT, heuristic_rules TEXT, logic_level INT, complexity_threshold INT);
INSERT INTO model_groups VALUES
  ('fast-flow', 'heuristic', NULL, '["deepseek-v4-flash", "gpt-5.4-nano"]', '[]', 2, NULL),
  ('standard-pro', 'heuristic', NULL, '["gpt-5.4-mini", "gemini-3-flash-preview"]', '[{"pattern": "x", "target": 0}]', 5, NULL),
  ('dispatcher', 'classifier', 'gpt-5.4-nano', '["fast-flow", "standard-pro", "round"]', NULL, NULL, 10),
  ('round', 'heuristic', NULL, '["dispatcher", "llama3"]', '[{"rule_id": "long", "conditions": {"any_of_tags": ["Heavy-Logic", "x"], "max_input_tokens_lt": 9}, "primary_model": "gone", "fallback_model": "LLAMA3"}, {"rule_id": "lost", "primary_model": "dispatcher"}]', NULL, NULL),
  ('moon', 'heuristic', NULL, '["kimi-k2.6"]', NULL, NULL, NULL);
CREATE TABLE clients (client_id TEXT, name TEXT, rate_limit_per_minute INT, is_active BOOLEAN);
INSERT INTO clients VALUES ('c1', 'Alice', 60, 1), ('c2', 'Bob', NULL, 0);
CREATE TABLE client_tokens (id INTEGER, token TEXT, client_id TEXT, name TEXT, is_active BOOLEAN);
INSERT INTO client_tokens VALUES (1, 'hush-alice', 'c1', 'laptop', 1), (2, 'hush-bob', 'c2', NULL, 1);
