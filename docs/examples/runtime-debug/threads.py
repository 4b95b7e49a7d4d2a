import asyncio, threading

def say():
    print("called")

def other_thread(loop):
    try:
        loop.call_soon(say)
    except RuntimeError as e:
        print(e)
    loop.call_soon_threadsafe(say)

async def answer():
    return await asyncio.sleep(0.001, 42)

def run(loop):
    other_thread(loop)
    print(asyncio.run_coroutine_threadsafe(answer(), loop).result())

async def main():
    other = threading.Thread(target=run, args=(asyncio.get_running_loop(),))
    other.start()
    await asyncio.sleep(0.1)
    other.join()

asyncio.run(main())
