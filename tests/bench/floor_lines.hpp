#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <emmintrin.h>
#include <expat.h>

namespace qdc::bench
{

constexpr std::size_t piece_bytes = 16 * 1024;

/// Appends the inside of a JSON string, in runs: sixteen bytes are looked at in one step.
inline void escape(std::string& out, const char* at, const char* end)
{
    while (at != end)
    {
        const char* run = at;
        for (; end - at >= 16; at += 16)
        {
            const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
            const auto quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
            const auto strokes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
            const auto controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
            const auto found = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, strokes), controls));
            if (found != 0)
            {
                at += __builtin_ctz(static_cast<unsigned>(found));
                break;
            }
        }
        while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20)
            ++at;
        out.append(run, at);
        if (at == end)
            return;
        const char c = *at++;
        if (c == '"' || c == '\\')
            out.append({'\\', c});
        else if (c == '\n')
            out += "\\n";
        else if (c == '\t')
            out += "\\t";
        else
        {
            std::array<char, 8> hex;
            out.append(hex.data(), static_cast<std::size_t>(std::snprintf(hex.data(), 8, "\\u%04x", c)));
        }
    }
}

/// From Expat's events to lines: HOST's members are written once, a DETECTION's straight into the lines.
class floor_lines
{
public:
    explicit floor_lines(std::function<void(std::string_view)> send) : send_(std::move(send))
    {
        parser_ = ::XML_ParserCreate(nullptr);
        ::XML_SetUserData(parser_, this);
        ::XML_SetElementHandler(
            parser_,
            [](void* self, const char* name, const char** attributes)
            { static_cast<floor_lines*>(self)->start(name, attributes); },
            [](void* self, const char* name) { static_cast<floor_lines*>(self)->end(name); }
        );
        ::XML_SetCharacterDataHandler(
            parser_, [](void* self, const char* text, int size) { static_cast<floor_lines*>(self)->text(text, size); }
        );
    }

    void feed(const char* bytes, std::size_t size)
    {
        for (std::size_t at = 0; at < size; at += piece_bytes)
            if (::XML_Parse(parser_, bytes + at, static_cast<int>(std::min(piece_bytes, size - at)), 0) !=
                XML_STATUS_OK)
                throw std::runtime_error("the page is no XML");
    }

    void flush()
    {
        if (!out_.empty())
            send_(out_);
        out_.clear();
    }

private:
    enum class form : char
    {
        text,
        text_of_object,  ///< it has attributes
        object,
        list,
    };

    void start(const char* name, const char** attributes)
    {
        ++depth_;
        if (depth_ == 4)
        {
            into_ = &host_;
            host_ = '{';
            forms_[4] = form::object;
        }
        if (depth_ <= 4 || (depth_ == 5 && std::strcmp(name, "DETECTION_LIST") == 0))
            return;
        if (depth_ == 6 && std::strcmp(name, "DETECTION") == 0)
        {
            into_ = &out_;
            out_ += "<14>2024-06-01 10:00:00.000 floor vuln.qualys.hostdetections: ";
            out_ += host_;
            out_ += ",\"DETECTION\":{";
            forms_[6] = form::object;
            return;
        }
        auto& out = *into_;
        auto& parent = forms_[depth_ - 1];
        if (parent == form::text)
        {
            out.resize(begins_[depth_ - 1]);
            out += '{';
            parent = form::object;
        }
        const bool listed = std::strcmp(name, "TAG") == 0;
        if (out.back() != '{')
            out += ',';
        if (!listed || parent != form::list)
        {
            out += '"';
            out += name;
            out += listed ? "\":[" : "\":";
        }
        if (listed)
            parent = form::list;
        begins_[depth_] = out.size();
        forms_[depth_] = form::text;
        out += '"';
        if (*attributes == nullptr)
            return;
        out.back() = '{';
        for (; *attributes != nullptr; attributes += 2)
            out.append("\"@").append(attributes[0]).append("\":\"").append(attributes[1]).append("\",");
        out += "\"#text\":\"";
        forms_[depth_] = form::text_of_object;
    }

    void text(const char* bytes, int size)
    {
        if (depth_ > 4 && forms_[depth_] <= form::text_of_object && into_ != nullptr)
            escape(*into_, bytes, bytes + size);
    }

    void end(const char* name)
    {
        if (depth_ == 6 && std::strcmp(name, "DETECTION") == 0)
        {
            out_ += "},\"@devo_pulling_id\":\"1717236000000\"}\n";
            into_ = nullptr;
            if (out_.size() >= piece_bytes)
                flush();
        }
        else if (depth_ > 4 && into_ != nullptr)
            switch (forms_[depth_])
            {
                case form::text:
                    *into_ += '"';
                    break;
                case form::text_of_object:
                    *into_ += "\"}";
                    break;
                case form::object:
                    *into_ += '}';
                    break;
                case form::list:
                    *into_ += "]}";
                    break;
            }
        // What stands between two detections belongs to nobody.
        if (depth_ > 4 && into_ == nullptr)
            forms_[depth_ - 1] = form::object;
        --depth_;
    }

    std::function<void(std::string_view)> send_;
    XML_Parser parser_;
    std::string host_;
    std::string out_;
    std::string* into_ = nullptr;
    std::size_t depth_ = 0;
    std::array<form, 64> forms_{};
    std::array<std::size_t, 64> begins_{};
};

}  // namespace qdc::bench
