// Everything but the adapters.
#pragma once

#include <abide/epoll.hpp>
#include <abide/error.hpp>
#include <abide/executor.hpp>
#include <abide/future.hpp>
#include <abide/handle.hpp>
#include <abide/loop.hpp>
#include <abide/poller.hpp>
#include <abide/report.hpp>
#include <abide/sleep.hpp>
#include <abide/spawned.hpp>
#include <abide/task.hpp>
#include <abide/time.hpp>
#include <abide/version.hpp>
#include <abide/virtual_time.hpp>
