# Java: implicit null checks, stack overflow, threads, collector, child.
# timeout: 240
type javac >/dev/null 2>&1 || { echo "no java"; exit 0; }
cat >T.java <<'END'
import java.util.*;
import java.util.concurrent.*;
public class T {
    static int depth = 0;
    static void rec() { depth++; rec(); }
    static int len(String s) { return s.length(); }
    public static void main(String[] a) throws Exception {
        int npe = 0;
        for (int i = 0; i < 200000; i++) {
            try { npe += len(i % 1000 == 0 ? null : "abc"); }
            catch (NullPointerException e) { npe += 1000; }
        }
        System.out.println("npe " + npe);
        try { rec(); } catch (StackOverflowError e) { System.out.println("so " + (depth > 1000)); }
        int z = 0;
        try { System.out.println(1 / z); } catch (ArithmeticException e) { System.out.println("arith"); }
        ExecutorService ex = Executors.newFixedThreadPool(6);
        List<Future<Long>> fs = new ArrayList<>();
        for (int t = 0; t < 24; t++) {
            final int tt = t;
            fs.add(ex.submit(() -> {
                long s = 0; Map<Integer, String> m = new HashMap<>();
                for (int i = 0; i < 20000; i++) { m.put(i % 777, "v" + i + tt); s += m.get(i % 777).hashCode(); }
                return s;
            }));
        }
        long tot = 0;
        for (Future<Long> f : fs) tot += f.get();
        ex.shutdown();
        System.out.println("total " + tot);
        StringBuilder sb = new StringBuilder();
        for (int i = 0; i < 100000; i++) { byte[] b = new byte[5000]; b[i % 5000] = 1; if (i % 20000 == 0) sb.append(b.length); }
        System.out.println(sb);
        Process p = new ProcessBuilder("echo", "child").start();
        System.out.println(new String(p.getInputStream().readAllBytes()).trim() + " " + p.waitFor());
        double d = 0;
        for (int i = 1; i < 1000000; i++) d += Math.sin(i) / i;
        System.out.println(d);
    }
}
END
javac T.java && java -cp . T; java -Xint -cp . T | cksum
rm -f T.class T.java
