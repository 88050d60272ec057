# Sourced by the tests of `btkhost optimize`: harness.sh, and a language-model server on loopback.
# Usage: NAME_test.sh PROGRAM VERSION LLM_SERVER
. "$(dirname -- "$0")/harness.sh"
llm_server=$3
unset OLLAMA_HOST OLLAMA_API_KEY CC_LLM_API CC_LLM_URL CC_LLM_MODEL CC_LLM_KEY CC_ENABLE_THINKING CC_LLM_REPLAY CC_LLM_STORE

serve() { listens "$llm_server"; }
