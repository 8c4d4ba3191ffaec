import json, re
d = [{"id": i, "name": "item%d" % i, "values": [i * 0.5, i / 3, None, True], "sub": {"a": str(i) * 3}} for i in range(15000)]
n = 0
for _ in range(4):
    s = json.dumps(d, indent=1); n += len(json.loads(s))
    n += len(re.findall(r'"(\w+)": (?:\d+\.\d+|"[^"]*")', s)) + len(re.sub(r"item(\d+)", r"\1", s))
    n += sum(1 for m in re.finditer(r"(?:[a-z]+\d+|\d{3,}e?)\b", s))
print(n)
