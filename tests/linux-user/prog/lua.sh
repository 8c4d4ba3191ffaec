# lua5.4: tables, closures, strings, coroutines, floating point.
cat >a.lua <<'END'
local t = {}
for i = 1, 200000 do t[i] = (i * 7919) % 100003 end
table.sort(t); print(t[1], t[1000], t[200000])
local c = {}
for w in (("the quick brown fox %d "):rep(2000):gsub("%%d", function() return "jumps" end)):gmatch("%a+") do c[w] = (c[w] or 0) + 1 end
local k = {}; for w in pairs(c) do k[#k + 1] = w end; table.sort(k)
for _, w in ipairs(k) do print(w, c[w]) end
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(25))
local co = coroutine.wrap(function() for i = 1, 100000 do coroutine.yield(i) end return -1 end)
local s = 0; for i = 1, 100000 do s = s + co() end; print(s)
local x = 0.0; for i = 1, 300000 do x = x + math.sin(i) * math.sqrt(i) / i end
print(string.format("%.12f", x), 2^53, 7 // 2, -7 // 2, 7 % -3, 1e15, 0x7fffffffffffffff + 1)
print(("%5.1f|%-8s|%q|%x"):format(3.14159, "hi", "a\nb", 255))
print(pcall(error, { code = 1 }), select("#", pcall(error)), pcall(function() local a; a.b = 1 end))
local mt = setmetatable({}, { __index = function(_, n) return n * 2 end, __call = function(_, a) return a + 1 end })
print(mt[21], mt(41)); print(string.pack("<i4d", 7, 1.5):byte(1, -1))
print(utf8.char(228, 8364, 128512), #utf8.char(128512)); goto done
print("skipped") ::done:: print(os.time({ year = 2020, month = 1, day = 1, hour = 12 }))
for l in io.lines("a.lua") do s = s + #l end; print(s, load("return 1 + 1")())
collectgarbage(); print(collectgarbage("count") < 100000); os.exit(5)
END
lua5.4 a.lua; echo $?; luac5.4 -l a.lua 2>/dev/null | sed 's/0x[0-9a-f]*//g' | cksum
