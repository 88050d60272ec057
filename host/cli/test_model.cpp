#include "host/cli/test_model.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "optimizer/llm/client.h"

namespace btk::host {
namespace {

using nlohmann::json;

bool is_openai(const net::HttpRequest& request) { return request.url.ends_with("/chat/completions"); }

lua::ModelQuestion question_of(const net::HttpRequest& request) {
  const json body = json::parse(request.body);
  lua::ModelQuestion question{body.at("model").get<std::string>(), {}, {}};
  for (const json& message : body.at("messages")) {
    question.messages.push_back({message.at("role").get<std::string>(), message.at("content").get<std::string>()});
  }
  if (body.contains("format")) question.schema = body.at("format").dump();
  if (body.contains("response_format")) question.schema = body.at("response_format").at("json_schema").at("schema").dump();
  return question;
}

// As the model server of that protocol would write it.
net::HttpResponse response_of(const net::HttpRequest& request, const lua::ModelAnswer& answer) {
  net::HttpResponse response;
  response.status = answer.status;
  const auto text = [](const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); };
  if (answer.status != 200) {
    response.body = text({{"error", answer.content}});
    return response;
  }
  const json message{{"role", "assistant"}, {"content", answer.content}};
  response.body = is_openai(request) ? text({{"model", "scripted"}, {"choices", {{{"index", 0}, {"message", message}}}}})
                                     : text({{"model", "scripted"}, {"message", message}, {"done", true}});
  return response;
}

}  // namespace

std::shared_ptr<lua::LlmService> scripted_llm(lua::ScriptedModel model) {
  optimizer::ClientOptions o;
  o.url = "http://scripted.test";
  o.model = "scripted";
  o.max_calls = std::numeric_limits<std::int64_t>::max();
  o.retry = {.attempts = 3, .delay_ms = 0, .growth = 1, .jitter = 0, .max_pause_ms = 0};
  o.transport = [model = std::move(model)](const net::HttpRequest& request) {
    try {
      return response_of(request, model(question_of(request)));
    } catch (const lua::NoAnswer& e) {
      throw net::TransportError(net::TransportError::Kind::timeout, true, e.what());
    }
  };
  return std::make_shared<optimizer::Client>(std::move(o));
}

}  // namespace btk::host
