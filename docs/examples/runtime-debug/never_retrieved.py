import asyncio

async def bug():
    raise Exception("not consumed")

async def main():
    asyncio.create_task(bug())
    await asyncio.sleep(0)

asyncio.run(main())
