// A clock behind an address: see clock.h. Its server decides when a moment has
// come, so that a recorded week can be played as fast as everybody can follow.
#pragma once

#include <mutex>
#include <vector>

#include "host/clock/clock.h"

namespace btk::host {

class HttpClock : public Clock {
 public:
  /// `address` without a slash at its end.
  explicit HttpClock(std::string address);
  ~HttpClock() override;

  Timestamp now() override;
  bool wait_until(Timestamp moment, const std::string& client, Wake& wake) override;
  std::string name() const override { return address_; }

 private:
  class Line;  ///< a connection, used by one request at a time
  class Request;
  struct Answer;

  std::unique_ptr<Line> take_line();
  void give_back(std::unique_ptr<Line> line);

  std::string address_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Line>> idle_;
};

}  // namespace btk::host
