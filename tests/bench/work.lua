local t, s = {}, 0
for r = 1, 3 do
    for i = 1, 300000 do t[i] = (i * 7919 + r) % 100003 end
    table.sort(t); s = s + t[1000]
end
local text = ("the quick brown fox jumps over the lazy dog 12345 "):rep(20000)
local n = 0
for w in text:gmatch("%a+") do n = n + #w end
for k, v in text:gmatch("(%d)(%d)") do n = n + k * v end
text:gsub("o%w", string.upper); print(s, n, #text:reverse():upper(), text:find("nothing", 1, true))
