# SPDX-License-Identifier: MIT
"""QMP and the human monitor, on a machine without devices."""
import json
import os
import socket

from machine import Machine, check, equal, main

NONE = ('-machine', 'none', '-display', 'none', '-nodefaults')


def session():
    return Machine(*NONE, '-S', qmp=True, qtest=True)


def greeting_and_negotiation():
    with Machine(*NONE, qmp=True, qtest=True) as m:
        check('qemu' in m.greeting['QMP']['version'], 'greeting')
        err = m.error('qmp_capabilities')
        equal(err['class'], 'CommandNotFound', 'second negotiation')
        equal(m.cmd('query-status')['status'], 'running', 'status')


def bad_messages():
    with session() as m:
        for text in ['{ "execute": }', '{]', '[]', '"x"\n', '{}',
                     '{"execute": 3}', '{"execute": "query-status", "x"}',
                     'rubbish\n', '}', '{"a":"\\ud800"}',
                     '{"execute": "stop", "arguments": 1}']:
            answer = m.raw(text)
            check('error' in answer, f'{text}: {answer}')
            check(answer['error']['desc'], text)
        answer = m.raw('{"execute": "query-status", "id": [1, {"a": 2}]}')
        equal(answer['id'], [1, {'a': 2}], 'id comes back')
        err = m.raw('{"execute": "no-such-command", "id": "x"}')
        equal(err['error']['class'], 'CommandNotFound', 'class')
        equal(err['id'], 'x', 'id of an error')
        answer = m.raw('[' * 2000)
        check('nesting' in answer['error']['desc'], 'deep nesting')
        m.qmp.send(b'\xff')
        # The rest of the brackets start messages of their own: none whole.
        equal(m.cmd('query-status')['status'], 'prelaunch', 'alive')


def run_states():
    with session() as m:
        m.cmd('cont')
        m.event('RESUME')
        equal(m.cmd('query-status')['running'], True, 'running')
        m.cmd('stop')
        m.event('STOP')
        equal(m.cmd('query-status')['status'], 'paused', 'paused')
        m.cmd('cont')
        m.cmd('system_reset')
        equal(m.event('RESET')['data']['guest'], False, 'who')
        m.cmd('system_powerdown')
        m.event('POWERDOWN')
        check('not in suspended' in m.error('system_wakeup')['desc'], 'wake')
        m.cmd('quit')
        equal(m.wait(), 0, 'status')


def no_shutdown_stays():
    with Machine(*NONE, '-no-shutdown', qmp=True, qtest=True) as m:
        m.proc.terminate()
        m.event('SHUTDOWN')
        equal(m.cmd('query-status')['status'], 'shutdown', 'status')
        check('required' in m.error('cont')['desc'], 'cont')
        m.cmd('quit')
        equal(m.wait(), 0, 'status')


def signals_end_it():
    with Machine(*NONE, qmp=True, qtest=True) as m:
        m.proc.terminate()
        m.event('SHUTDOWN')
        equal(m.wait(), 0, 'status')


def parameters():
    with session() as m:
        check("'filename' is missing" in m.error('screendump')['desc'], '1')
        check('unexpected' in m.error('stop', x=1)['desc'], '2')
        check('expected: string' in
              m.error('screendump', filename=1)['desc'], '3')
        equal(m.error('eject', device='x')['class'], 'DeviceNotFound', '4')
        equal(m.error('device_del', id='x')['class'], 'DeviceNotFound', '5')
        check('nothing' in m.error('device_add', driver='nothing')['desc'],
              '6')
        names = {c['name'] for c in m.cmd('query-commands')}
        check({'quit', 'qom-get', 'query-block'} <= names, 'commands')
        equal(m.cmd('query-kvm'), {'enabled': False, 'present': False}, 'kvm')


def objects():
    with session() as m:
        paths = [p['name'] for p in m.cmd('qom-list', path='/')]
        check('machine' in paths, 'tree')
        equal(m.cmd('qom-get', path='/machine', property='boot-menu'), False,
              'get')
        m.cmd('qom-set', path='/machine', property='boot-menu', value=True)
        equal(m.cmd('qom-get', path='/machine', property='boot-menu'), True,
              'set')
        check(m.error('qom-set', path='/machine', property='boot-menu',
                      value='perhaps')['desc'], 'bad value')
        equal(m.error('qom-get', path='/nowhere', property='x')['class'],
              'DeviceNotFound', 'bad path')
        types = [t['name'] for t in m.cmd('qom-list-types',
                                          implements='machine')]
        check('none-machine' in types, 'types')


def human_monitor():
    with session() as m:
        equal(m.hmp('info version').split('.')[0], '0', 'version')
        check('prelaunch' in m.hmp('info status'), 'status')
        check('unknown command' in m.hmp('nonsense'), 'unknown')
        check('unknown: info' in m.hmp('info nonsense'), 'unknown info')
        equal(m.hmp('print 2+3*4'), '0xe\n', 'expression')
        equal(m.hmp('p/d (2+3)*4-30'), '-10\n', 'expression')
        check('division' in m.hmp('p 1/0'), 'division')
        check('invalid' in m.hmp('p 1+'), 'half')
        check('deep' in m.hmp('p ' + '(' * 5000), 'nesting')
        check('expects' in m.hmp('sendkey'), 'arguments')
        check('unknown key' in m.hmp('sendkey nokey'), 'key')
        check('no screen' in m.hmp('screendump x'), 'screendump')
        check('main-system-bus' in m.hmp('info qtree') or
              'type System' in m.hmp('info qtree'), 'qtree')
        check('/machine (none-machine)' in m.hmp('info qom-tree'), 'tree')
        check('system_powerdown' in m.hmp('help'), 'help')
        check('Error' in m.hmp("x 'unbalanced"), 'quotes')
        check('system' in m.hmp('info mtree'), 'mtree')
        check('Cannot access' in m.hmp('xp/2xw 0x1000'), 'xp')
        check('port' in m.hmp('i/b 0x70'), 'port')


def monitor_on_stdio():
    with Machine(*NONE, '-S', '-monitor', 'stdio', '-qtest', 'null') as m:
        m.expect(r'\(qemu\) ')
        m.type('info statusx\x08\n')
        m.expect('VM status: paused')
        m.type('quit\n')
        equal(m.wait(), 0, 'status')


def two_clients_in_a_row():
    path = f'{os.getcwd()}/twice'
    with Machine(*NONE, '-qtest', 'null', '-qmp',
                 f'unix:{path},server,nowait') as m:
        for _ in range(2):
            s = socket.socket(socket.AF_UNIX)
            while True:
                try:
                    s.connect(path)
                    break
                except OSError:
                    pass
            check(b'"QMP"' in s.recv(4096), 'greeting')
            s.close()


def qtest_protocol():
    with session() as m:
        m.qtest.send('rubbish\n')
        check(m.qtest.line().startswith('FAIL'), 'unknown')
        m.qtest.send('outb 1\n')
        check(m.qtest.line().startswith('FAIL'), 'missing')
        m.qtest.send('read 0 99999999999\n')
        check(m.qtest.line().startswith('FAIL'), 'size')
        equal(m.load('inb', 0x80), 0xff, 'nobody')
        equal(m.qt('endianness'), 'little', 'endianness')


main([greeting_and_negotiation, bad_messages, run_states, no_shutdown_stays,
      signals_end_it, parameters, objects, human_monitor, monitor_on_stdio,
      two_clients_in_a_row, qtest_protocol])
