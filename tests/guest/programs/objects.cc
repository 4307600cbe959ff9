/*
 * objects.cc - C++: exceptions, streams, containers, threads, destructors.
 */
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <unordered_map>
#include <vector>

namespace
{

struct noisy {
    std::string name;
    explicit noisy(std::string n) : name(std::move(n)) {}
    ~noisy() { std::cout << "end of " << name << '\n'; }
};

noisy global{"global"};

struct shape {
    virtual ~shape() = default;
    virtual double area() const = 0;
};

struct circle : shape {
    double area() const override { return 3.14159265358979; }
};

int throw_deep(int depth)
{
    noisy n("depth " + std::to_string(depth));

    if (depth == 0)
        throw std::runtime_error("from the bottom");
    return throw_deep(depth - 1) + 1;
}

void exceptions()
{
    try {
        throw_deep(3);
    } catch (const std::exception &e) {
        std::cout << "caught " << e.what() << '\n';
    }
    try {
        std::vector<int>(3).at(5);
    } catch (const std::out_of_range &) {
        std::cout << "out of range\n";
    }
    try {
        std::unique_ptr<char[]> p(new char[std::size_t(1) << 60]);
    } catch (const std::bad_alloc &) {
        std::cout << "bad alloc\n";
    }
    try {
        try {
            throw 42;
        } catch (int) {
            throw;
        }
    } catch (int n) {
        std::cout << "rethrown " << n << '\n';
    }
    std::unique_ptr<shape> s = std::make_unique<circle>();
    std::cout << (dynamic_cast<circle *>(s.get()) != nullptr) << ' '
              << s->area() << '\n';
}

void streams()
{
    std::ostringstream out;
    std::istringstream in("12 3.5 word 0x1f");
    int i;
    double d;
    std::string w;

    out << std::hex << 255 << ' ' << std::setprecision(12) << 1.0 / 3 << ' '
        << std::setw(8) << std::setfill('*') << 42;
    in >> i >> d >> w;
    std::cout << out.str() << ' ' << i << ' ' << d << ' ' << w << std::endl;
    std::ofstream("objects.txt") << "first\nsecond\n";
    std::ifstream file("objects.txt");
    while (std::getline(file, w))
        std::cout << w << '\n';
    std::wcout << L"wide" << std::endl;
}

void containers()
{
    std::map<std::string, int> counts;
    std::unordered_map<int, std::string> names;
    std::mt19937_64 random(42);
    std::vector<unsigned long> v(5000);
    std::smatch m;
    std::string text = "key = value";

    for (const char *w : {"one", "two", "one", "three", "one"})
        counts[w]++;
    for (const auto &[word, n] : counts)
        std::cout << word << ' ' << n << '\n';
    std::generate(v.begin(), v.end(), random);
    std::sort(v.begin(), v.end());
    std::cout << v[2500] << ' '
              << std::accumulate(v.begin(), v.end(), 0ul) << '\n';
    for (int i = 0; i < 1000; i++)
        names[i] = std::to_string(i);
    std::cout << names.at(777) << ' ' << names.size() << '\n';
    if (std::regex_match(text, m, std::regex("(\\w+) *= *(\\w+)")))
        std::cout << m[1] << ' ' << m[2] << '\n';
}

void threads()
{
    std::vector<std::thread> team;
    std::mutex lock;
    std::condition_variable ready;
    bool go = false;
    long sum = 0;

    for (int i = 0; i < 4; i++)
        team.emplace_back([&, i] {
            std::unique_lock<std::mutex> held(lock);

            ready.wait(held, [&] { return go; });
            sum += i;
        });
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    {
        std::lock_guard<std::mutex> held(lock);

        go = true;
    }
    ready.notify_all();
    for (auto &t : team)
        t.join();
    std::cout << "threads " << sum << '\n';
}

} // namespace

int main()
{
    noisy local("main");

    exceptions();
    streams();
    containers();
    threads();
    return 6;
}
