#include "arguments.h"

#include <cmath>
#include <limits>

namespace truefork {

namespace {

bool IsInteger(const Napi::Value& value, double low, double high) {
  if (!value.IsNumber()) return false;
  double number = value.As<Napi::Number>().DoubleValue();
  return std::trunc(number) == number && number >= low && number <= high;
}

// A number, a string's first characters, or the kind of anything else: enough to find the mistake.
std::string Shown(const Napi::Value& value) {
  if (value.IsNumber() || value.IsBoolean() || value.IsNull() || value.IsUndefined()) {
    return value.ToString().Utf8Value();
  }
  if (value.IsString()) return "'" + value.As<Napi::String>().Utf8Value().substr(0, 40) + "'";
  if (value.IsFunction()) return "a function";
  return value.IsObject() ? "an object" : "a value of another type";
}

// An array without elements may have no address at all, and memcpy and its kin must not be given a
// null pointer, not even for 0 bytes (C17, 7.24.1).
template <typename T>
T* Somewhere(T* data) {
  static T nowhere;
  return data == nullptr ? &nowhere : data;
}

}  // namespace

void Arguments::Refuse(const std::string& message) {
  if (failed_) return;
  failed_ = true;
  // Reading the argument has thrown, by a getter or a Proxy: that comes as it is.
  if (info_.Env().IsExceptionPending()) return;
  Napi::TypeError error = Napi::TypeError::New(info_.Env(), message);
  error.Set("code", Napi::String::New(info_.Env(), "ERR_INVALID_ARG_VALUE"));
  error.ThrowAsJavaScriptException();
}

void Arguments::Refuse(const char* name, const char* expected, size_t index) {
  if (failed_) return;
  Refuse(std::string(name) + ": expected " + expected + ", got " + Shown(info_[index]));
}

bool Arguments::Missing(size_t index) const {
  return info_[index].IsUndefined() || info_[index].IsNull();
}

int Arguments::Int(size_t index, const char* name) {
  if (IsInteger(info_[index], std::numeric_limits<int>::min(), std::numeric_limits<int>::max())) {
    return info_[index].As<Napi::Number>().Int32Value();
  }
  Refuse(name, "a whole number", index);
  return 0;
}

// 2^63: no double beneath it is more than an int64_t holds.
constexpr double kTooLarge = 9223372036854775808.0;

int64_t Arguments::Size(size_t index, const char* name) {
  if (IsInteger(info_[index], 0, std::nextafter(kTooLarge, 0))) {
    return info_[index].As<Napi::Number>().Int64Value();
  }
  Refuse(name, "a whole number, 0 or more", index);
  return 0;
}

bool Arguments::Infinite(size_t index) const {
  return info_[index].IsNumber() &&
         info_[index].As<Napi::Number>().DoubleValue() == std::numeric_limits<double>::infinity();
}

// The highest number means "none" to the system.
static bool IsId(const Napi::Value& value) {
  return IsInteger(value, 0, std::numeric_limits<uint32_t>::max() - 1.0);
}

uint32_t Arguments::Id(size_t index, const char* name) {
  if (IsId(info_[index])) return info_[index].As<Napi::Number>().Uint32Value();
  Refuse(name, "an id, from 0 to 4294967294", index);
  return 0;
}

std::vector<uint32_t> Arguments::Ids(size_t index, const char* name) {
  std::vector<uint32_t> ids;
  if (!info_[index].IsArray()) Refuse(name, "an array of ids", index);
  for (uint32_t i = 0; !failed_ && i < info_[index].As<Napi::Array>().Length(); i++) {
    Napi::Value item = info_[index].As<Napi::Array>()[i];
    if (info_.Env().IsExceptionPending()) failed_ = true;
    if (!failed_ && !IsId(item)) Refuse(name, "an array of ids, from 0 to 4294967294", index);
    if (!failed_) ids.push_back(item.As<Napi::Number>().Uint32Value());
  }
  return ids;
}

bool Arguments::Bool(size_t index, const char* name) {
  if (info_[index].IsBoolean()) return info_[index].As<Napi::Boolean>().Value();
  Refuse(name, "true or false", index);
  return false;
}

std::string Arguments::String(size_t index, const char* name) {
  if (info_[index].IsString()) {
    std::string text = info_[index].As<Napi::String>().Utf8Value();
    if (text.find('\0') == std::string::npos) return text;
  }
  Refuse(name, "a string without null characters", index);
  return "";
}

std::vector<std::string> Arguments::Strings(size_t index, const char* name) {
  std::vector<std::string> texts;
  if (!info_[index].IsArray()) {
    Refuse(name, "an array of strings", index);
    return texts;
  }
  Napi::Array array = info_[index].As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length() && !failed_; i++) {
    Napi::Value item = array[i];
    if (info_.Env().IsExceptionPending()) failed_ = true;
    std::string text = !failed_ && item.IsString() ? item.As<Napi::String>().Utf8Value() : "";
    if (failed_ || !item.IsString() || text.find('\0') != std::string::npos) {
      Refuse(name, "an array of strings without null characters", index);
    } else {
      texts.push_back(text);
    }
  }
  return texts;
}

Bytes Arguments::Buffer(size_t index, const char* name) {
  if (info_[index].IsTypedArray()) {
    Napi::TypedArray array = info_[index].As<Napi::TypedArray>();
    if (array.TypedArrayType() == napi_uint8_array) {
      Napi::Uint8Array bytes = array.As<Napi::Uint8Array>();
      return {Somewhere(bytes.Data()), bytes.ByteLength()};
    }
  }
  Refuse(name, "a Buffer or Uint8Array", index);
  return {};
}

Numbers Arguments::Ints(size_t index, const char* name) {
  if (info_[index].IsTypedArray()) {
    Napi::TypedArray array = info_[index].As<Napi::TypedArray>();
    if (array.TypedArrayType() == napi_int32_array) {
      Napi::Int32Array numbers = array.As<Napi::Int32Array>();
      return {Somewhere(numbers.Data()), numbers.ElementLength()};
    }
  }
  Refuse(name, "an Int32Array", index);
  return {};
}

std::vector<double> Arguments::Doubles(size_t index, const char* name) {
  if (info_[index].IsTypedArray()) {
    Napi::TypedArray array = info_[index].As<Napi::TypedArray>();
    if (array.TypedArrayType() == napi_float64_array) {
      Napi::Float64Array numbers = array.As<Napi::Float64Array>();
      return {numbers.Data(), numbers.Data() + numbers.ElementLength()};
    }
  }
  Refuse(name, "a Float64Array", index);
  return {};
}

Napi::Object Arguments::Object(size_t index, const char* name) {
  if (info_[index].IsObject()) return info_[index].As<Napi::Object>();
  Refuse(name, "an object", index);
  return Napi::Object();
}

Napi::Function Arguments::Function(size_t index, const char* name) {
  if (info_[index].IsFunction()) return info_[index].As<Napi::Function>();
  Refuse(name, "a function", index);
  return Napi::Function();
}

sigset_t Arguments::Signals(size_t index, const char* name) {
  sigset_t set;
  sigemptyset(&set);
  if (!info_[index].IsArray()) {
    Refuse(name, "an array of signals", index);
    return set;
  }
  Napi::Array array = info_[index].As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length() && !failed_; i++) {
    Napi::Value item = array[i];
    if (info_.Env().IsExceptionPending()) {
      failed_ = true;
    } else if (!IsInteger(item, 1, NSIG - 1)) {
      Refuse(name, "an array of signal numbers of this system", index);
    } else {
      sigaddset(&set, item.As<Napi::Number>().Int32Value());
    }
  }
  return set;
}

Napi::Value Arguments::Answer(int64_t result) const {
  return Napi::Number::New(info_.Env(), static_cast<double>(result));
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

Napi::Array IdsOf(Napi::Env env, const std::vector<uint32_t>& ids) {
  Napi::Array array = Napi::Array::New(env, ids.size());
  for (uint32_t i = 0; i < ids.size(); i++) array.Set(i, Napi::Number::New(env, ids[i]));
  return array;
}

Napi::Array SignalsOf(Napi::Env env, const sigset_t& set) {
  Napi::Array signals = Napi::Array::New(env);
  uint32_t length = 0;
  for (int signal = 1; signal < NSIG; signal++) {
    if (sigismember(&set, signal) == 1) signals.Set(length++, Napi::Number::New(env, signal));
  }
  return signals;
}

}  // namespace truefork
