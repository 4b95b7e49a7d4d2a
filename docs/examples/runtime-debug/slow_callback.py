import asyncio, time

async def blocks():
    time.sleep(0.15)

async def main():
    await asyncio.create_task(blocks(), name="blocks")

asyncio.run(main())
